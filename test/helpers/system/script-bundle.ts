import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleInto, type TemporaryBundle } from './temporary-bundle.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Bundles the script host, the shipped scripts and those of `test/helpers/scripts` into a temporary folder with the
 * layout of the worker's bundle.
 */
export async function bundleScripts(): Promise<TemporaryBundle> {
  const scripts = globSync(['functions/scripts/*.ts', 'test/helpers/scripts/*.ts'], { cwd: ROOT });
  const entries = scripts.map((file) => ({ in: join(ROOT, file), out: `scripts/${basename(file, '.ts')}` }));
  const host = { in: join(ROOT, 'functions/core/executors/script/script-host.ts'), out: 'script-host' };
  return bundleInto('jobdeck-scripts-', { entryPoints: [host, ...entries], sourcemap: 'linked' });
}
