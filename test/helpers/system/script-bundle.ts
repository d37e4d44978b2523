import { globSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Bundles the script host, the shipped scripts and those of `test/helpers/scripts` into a temporary folder with the
 * layout of the worker's bundle.
 */
export async function bundleScripts(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'jobdeck-scripts-'));
  const scripts = globSync(['functions/scripts/*.ts', 'test/helpers/scripts/*.ts'], { cwd: ROOT });
  const entries = scripts.map((file) => ({ in: join(ROOT, file), out: `scripts/${basename(file, '.ts')}` }));
  await build({
    entryPoints: [{ in: join(ROOT, 'functions/core/executors/script/script-host.ts'), out: 'script-host' }, ...entries],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  });
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
