import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { generateClientTypes, readClientTypes } from '../../../../lib/client/generator/client-types.ts';
import { projectRoot } from '../../../../lib/project-root.ts';

it('has the types of the current OpenAPI document (npm run generate:client)', async () => {
  expect((await readClientTypes()) === (await generateClientTypes())).toBe(true);
});

it('runs in browsers: it imports no module of Node.js and has at most 25 KB', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot, 'lib/client/index.ts')],
    platform: 'browser',
    format: 'esm',
    bundle: true,
    minify: true,
    write: false,
  });

  expect(outputFiles[0]?.contents.length).toBeLessThan(25_000);
});
