import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sourceHash } from '../../../lib/source-hash.ts';

let root: string;

const write = (path: string, content: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jobdeck-hash-'));
  for (const path of ['bin/app.ts', 'lib/a.ts', 'lib/b/c.ts', 'functions/f.ts']) write(path, `// ${path}`);
  for (const path of ['cdk.json', 'tsconfig.json', 'package-lock.json']) write(path, '{}');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('sourceHash ignores modification times', () => {
  const before = sourceHash(root);
  utimesSync(join(root, 'lib/a.ts'), new Date(0), new Date(0));
  expect(sourceHash(root)).toBe(before);
});

test.each(['bin/app.ts', 'lib/b/c.ts', 'functions/f.ts', 'functions/new.ts', 'cdk.json', 'package-lock.json'])(
  'sourceHash changes with %s',
  (path) => {
    const before = sourceHash(root);
    write(path, 'changed');
    expect(sourceHash(root)).not.toBe(before);
  },
);

test('sourceHash changes if a file or text moves between files', () => {
  const before = sourceHash(root);
  renameSync(join(root, 'lib/a.ts'), join(root, 'lib/z.ts'));
  const moved = sourceHash(root);
  write('lib/z.ts', '// lib/a.ts ');
  expect(new Set([before, moved, sourceHash(root)]).size).toBe(3);
});

test('sourceHash ignores files outside of the inputs and installed packages', () => {
  const before = sourceHash(root);
  write('lib/b/node_modules/package/index.js', 'x');
  write('test/x.test.ts', 'x');
  write('README.md', 'x');
  expect(sourceHash(root)).toBe(before);
});

test('sourceHash accepts the project itself', () => {
  expect(sourceHash()).toMatch(/^[0-9a-f]{32}$/);
});
