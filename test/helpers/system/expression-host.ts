import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HOST = fileURLToPath(
  new URL('../../../functions/core/executors/flow/transforms/expression-host.ts', import.meta.url),
);

/** Bundles the expression host into a temporary folder with the layout of the worker's bundle. */
export async function bundleExpressionHost(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'jobdeck-expressions-'));
  await build({
    entryPoints: [{ in: HOST, out: 'expression-host' }],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  });
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
