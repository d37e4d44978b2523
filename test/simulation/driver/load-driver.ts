import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { type DisabledGuard, disableGuard, fileOf } from './guards.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

type Driver = typeof import('./simulate.ts');

/** Creates a driver whose modules are loaded anew, so that no state is shared with earlier simulations. */
export type DriverFactory = () => Driver;

/**
 * Bundles the driver and the functions into one script that is evaluated for each simulation: functions cache values in
 * module scope, which must not leak into the next simulation.
 *
 * @param guard a guard to be disabled in the product's source
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
  if (!output) throw new Error('esbuild returned no output');
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
