import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A change of the product that its faults' tests are to notice. */
export interface SourceEdit {
  /** From the root of the project. */
  readonly file: string;
  /** Occurs once in it. */
  readonly find: string;
  readonly replace: string;
}

type Driver = typeof import('./simulate.ts');

/** Makes a driver with the platform in it as in a process of its own: what its modules keep is new. */
export type NewDriver = () => Driver;

/**
 * The driver and the functions in one script, that is run anew for every world: functions keep things in memory, which are
 * not to come from another world.
 *
 * @param edits changes of the product's source
 */
export async function loadDriver(edits: readonly SourceEdit[] = []): Promise<NewDriver> {
  const entry = join(root, 'test/fault/driver/simulate.ts');
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
    plugins: [edited(edits)],
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

/** Puts the edited sources in the place of the real ones. */
function edited(edits: readonly SourceEdit[]): Plugin {
  return {
    name: 'edited',
    setup(bundle) {
      if (edits.length === 0) return;
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const mine = edits.filter(({ file }) => file === relative(root, path));
        if (mine.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const edit of mine) contents = applied(contents, edit);
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** @throws Error unless what is to be found is there, once */
export function applied(source: string, { file, find, replace }: SourceEdit): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`${file}: ${JSON.stringify(find)} occurs ${parts.length - 1} times, not once`);
  return parts.join(replace);
}
