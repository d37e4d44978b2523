import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../../lib/project-root.ts';

const MODULE = pathToFileURL(`${projectRoot}/lib/cli/read-json-file.ts`).href;

/** A process that announces that it is about to read, and prints what it read from its standard input. */
const READER = `
  const { readJson } = await import(${JSON.stringify(MODULE)});
  process.stdout.write('reading\\n');
  console.log(JSON.stringify(await readJson('-')));`;

/** Starts the reader as `npx` does: the parent's use of its standard input makes the shared pipe non-blocking. */
const LAUNCHER = `
  const { spawn } = await import('node:child_process');
  spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(READER)}], { stdio: 'inherit' });
  process.stdin.pause();`;

it('waits for a standard input that is written after the read has begun', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', LAUNCHER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [first] = await once(child.stdout, 'data');
  expect(String(first)).toBe('reading\n');

  child.stdin.write('{ "id": ');
  child.stdin.end('"hello" }');

  expect(await text(child.stdout)).toBe('{"id":"hello"}\n');
});
