import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { type DisabledGuard, disableGuard, fileOf } from './guards.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

type Driver = typeof import('./simulate.ts');

/** Makes a driver with the platform in it as in a process of its own: what its modules keep is new. */
export type DriverFactory = () => Driver;

/**
 * The driver and the functions in one script, that is run anew for every world: functions keep things in memory, which are
 * not to come from another world.
 *
 * @param guard a guard to be disabled in the source of the product
 */
export async function loadDriver(guard?: DisabledGuard): Promise<DriverFactory> {
  const entry = join(root, 'test/simulation/driver/simulate.ts');
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    sourcemap: 'inline',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(entry).href) },
    plugins: guard ? [withoutGuard(guard)] : [],
    logLevel: 'error',
  });
  const [output] = outputFiles;
  if (!output) throw new Error('the driver was not built');
  const wrapped = `(function (module, exports, require) {${output.text}\n})`;
  const script = new Script(wrapped, { filename: 'fault-driver.cjs' });
  const require = createRequire(entry);
  return () => {
    const module = { exports: {} };
    const run = script.runInThisContext() as (module: object, exports: object, require: NodeJS.Require) => void;
    run(module, module.exports, require);
    return module.exports as Driver;
  };
}

function withoutGuard(guard: DisabledGuard): Plugin {
  const file = fileOf(guard);
  return {
    name: 'without-guard',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (relative(root, path) !== file) return undefined;
        return { contents: disableGuard(await readFile(path, 'utf8'), guard), loader: 'ts' };
      });
    },
  };
}
