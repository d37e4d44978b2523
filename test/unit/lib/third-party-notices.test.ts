import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPackages, writeThirdPartyNotices } from '../../../lib/third-party-notices.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('findPackages', () => {
  it('finds the folder of each package once, with scopes and nested packages', () => {
    const paths = [
      'node_modules/ajv/lib/a.js',
      '../../node_modules/ajv/lib/b.js',
      'node_modules/@middy/core/index.js',
      'node_modules/ajv/node_modules/fast-uri/index.js',
      'lib/mcp/sdk.ts',
    ];

    expect(findPackages(paths)).toEqual([
      'node_modules/ajv',
      'node_modules/@middy/core',
      'node_modules/ajv/node_modules/fast-uri',
    ]);
  });
});

describe('writeThirdPartyNotices', () => {
  it('writes name, version and license text of the packages in source maps, in files and in the console', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'worker'));
    writeFileSync(join(folder, 'worker/index.mjs.map'), '{ "sources": ["../../node_modules/ulidx/dist/index.js"] }');

    await writeThirdPartyNotices(folder, ['node_modules/zod/index.js', 'functions/worker/handler.ts']);

    const text = readFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const titles = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \(\S+\)$/gm)].map(([, name]) => name);
    expect(titles).toEqual(['preact', 'swagger-ui-dist', 'ulidx', 'uplot', 'zod']);
    expect(text).toContain('Permission is hereby granted, free of charge');
  });
});
