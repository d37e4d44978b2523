import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { type DisabledGuard, disableGuard, fileOf } from './guards.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

type Driver = typeof import('./simulate.ts');

/** Creates a driver whose modules are loaded anew, so that no state is shared with earlier simulations. */
export type DriverFactory = () => Driver;

/** Exports of evaluated modules, by path relative to the project. */
type Modules = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Modules without state, as paths relative to the project or their beginnings. The simulations of a driver share them,
 * so that V8 optimizes their code once instead of once a simulation.
 */
const STATELESS = [
  'functions/core/domain/',
  'functions/core/store/',
  'lib/local/event-sources/',
  'lib/local/scheduler/',
  'test/helpers/',
  ...[
    'fault-injector',
    'fault-profile',
    'invocation',
    'invocation-context',
    'run-observer',
    'simulator',
    'sqs-source',
    'stream-source',
    'table-reader',
    'timed-sources',
    'timeouts',
    'trace',
  ].map((name) => `test/simulation/driver/${name}.ts`),
];

const ENTRY = join(root, 'test/simulation/driver/simulate.ts');
/** Replaces the clock, to which modules may keep references, and is therefore evaluated first. */
const ENVIRONMENT = join(root, 'test/simulation/driver/environment.ts');

const BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  packages: 'external',
  sourcemap: 'inline',
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(ENTRY).href) },
  logLevel: 'error',
} as const satisfies BuildOptions;

/**
 * Bundles the driver and the functions into a script that is evaluated for each simulation: functions cache values in
 * module scope, which must not leak into the next simulation.
 *
 * @param guard a guard to be disabled in the product's source
 */
export async function loadDriver(guard?: DisabledGuard): Promise<DriverFactory> {
  const plugins = guard ? [withoutGuard(guard)] : [];
  const files = await listStatelessModules();
  const shared = (await compile(exportAll(files), plugins))({});
  const modules: Modules = Object.fromEntries(files.map((file, i) => [file, shared[`m${i}`] as Modules[string]]));
  const evaluate = await compile(`export * from ${JSON.stringify(ENTRY)};`, [withModules(modules), ...plugins]);
  return () => evaluate(modules) as Driver;
}

/** Returns the driver's modules without state, relative to the project. */
async function listStatelessModules(): Promise<readonly string[]> {
  const { metafile } = await build({ ...BUNDLE, entryPoints: [ENTRY], metafile: true });
  return Object.keys(metafile.inputs).filter((file) => STATELESS.some((start) => file.startsWith(start)));
}

/** Returns the source of a module that exports the given modules as `m0`, `m1` and so on. */
const exportAll = (files: readonly string[]): string =>
  [
    `import ${JSON.stringify(ENVIRONMENT)};`,
    ...files.map((file, i) => `export * as m${i} from ${JSON.stringify(join(root, file))};`),
  ].join('\n');

/**
 * Bundles a module with its imports.
 *
 * @returns a function that evaluates the bundle, with the shared modules, and returns its exports
 */
async function compile(
  contents: string,
  plugins: Plugin[],
): Promise<(modules: Modules) => Readonly<Record<string, unknown>>> {
  const { outputFiles } = await build({ ...BUNDLE, stdin: { contents, resolveDir: root }, plugins });
  const [output] = outputFiles;
  if (!output) throw new Error('esbuild returned no output');
  const wrapped = `(function (module, exports, require, sharedModules) {${output.text}\n})`;
  const run = new Script(wrapped, { filename: 'fault-driver.cjs' }).runInThisContext() as (...given: unknown[]) => void;
  const require = createRequire(ENTRY);
  return (modules) => {
    const module = { exports: {} };
    run(module, module.exports, require, modules);
    return module.exports;
  };
}

/** Replaces the source of the given modules by references to their exports. */
function withModules(modules: Modules): Plugin {
  return {
    name: 'shared-modules',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(root, path);
        const exported = modules[file];
        if (!exported) return undefined;
        const from = `sharedModules[${JSON.stringify(file)}]`;
        return {
          contents: Object.keys(exported)
            .map((name) => `export const ${name} = ${from}.${name};`)
            .join('\n'),
        };
      });
    },
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
