import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { surfaces } from '../functions/api/surfaces.ts';
import { buildConsole } from './build-console.ts';
import { buildOpenApi } from './build-openapi.ts';
import { projectRoot } from './project-root.ts';

/** Entry of each Lambda function, relative to the project. The folder of its bundle, and its name, is the key. */
export const FUNCTION_ENTRIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(surfaces.map(({ name }) => [`api-${name}`, `functions/api/${name}/handler.ts`])),
  console: 'functions/console/handler.ts',
  dispatcher: 'functions/dispatcher/handler.ts',
  worker: 'functions/worker/handler.ts',
  registrar: 'functions/registrar/handler.ts',
  sweeper: 'functions/sweeper/handler.ts',
  counters: 'functions/counters/handler.ts',
  publisher: 'functions/publisher/handler.ts',
  audit: 'functions/counter-reconciler/handler.ts',
  notifier: 'functions/notifier/handler.ts',
  deliverer: 'functions/deliverer/handler.ts',
  'dead-letters-ticks': 'functions/dead-letter/ticks.ts',
  'dead-letters-runs': 'functions/dead-letter/runs.ts',
  'dead-letters-counters': 'functions/dead-letter/counters.ts',
  'dead-letters-notifications': 'functions/dead-letter/notifications.ts',
  'dead-letters-platform': 'functions/dead-letter/platform.ts',
};

/** Runs in the child process of each script run, beside the worker. */
const SCRIPT_HOST = 'functions/core/executors/script/script-host.ts';
/** Runs in the child process that evaluates a flow's expressions, beside the worker. */
const EXPRESSION_HOST = 'functions/core/executors/flow/transforms/expression-host.ts';
/** Each file here (not in its folders) is one script. */
export const SCRIPTS_FOLDER = 'functions/scripts';

/** Where the bundles of one esbuild run are. */
export interface Bundles {
  /** Names of the functions that were bundled. */
  readonly names: readonly string[];
  /**
   * Folder with a function's `index.mjs` and its source map.
   *
   * @throws Error when there is no function of that name
   */
  folder(name: string): string;
}

/**
 * Bundles every Lambda function with one esbuild run, into `<outDir>/<name>/index.mjs`; the worker's folder also holds
 * `script-host.mjs`, `expression-host.mjs` and `scripts/<name>.mjs`, and the console's the page and the OpenAPI document, in `site/`. What was in
 * `outDir` before is removed.
 *
 * The same input gives the same bytes, wherever the project and `outDir` are: esbuild writes the paths of source maps
 * relative to its output, so it is told one that is always in the same place, and the files are then written elsewhere.
 *
 * @param scriptFolders where the scripts are, relative to the project: more than one only where a test brings its own
 */
export async function bundle(outDir: string, scriptFolders: readonly string[] = [SCRIPTS_FOLDER]): Promise<Bundles> {
  const scriptFiles = (await Promise.all(scriptFolders.map(scriptsIn))).flat();
  const scripts = scriptFiles.map(scriptName).sort();
  const entries = [
    ...Object.entries(FUNCTION_ENTRIES).map(([name, file]) => ({ in: file, out: `${name}/index` })),
    { in: SCRIPT_HOST, out: 'worker/script-host' },
    { in: EXPRESSION_HOST, out: 'worker/expression-host' },
    ...scriptFiles.map((file) => ({ in: file, out: `worker/scripts/${scriptName(file)}` })),
  ];
  const virtualOut = join(projectRoot, 'bundles');
  await rm(outDir, { recursive: true, force: true });
  const site = join(outDir, 'console', 'site');
  // At once: together they are most of what a first start takes.
  const page = Promise.all([buildConsole(site), buildOpenApi(site)]);
  const functions = build({
    absWorkingDir: projectRoot,
    entryPoints: entries,
    outdir: virtualOut,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // ES modules first: esbuild can only drop what is unused from them, and CommonJS builds of the SDK are twice the size.
    mainFields: ['module', 'main'],
    minify: true,
    // Errors are told apart, and logged, by their class's name.
    keepNames: true,
    sourcemap: 'linked',
    // A stack trace needs positions only, and the maps are shipped: without the text they are a third of the size.
    sourcesContent: false,
    legalComments: 'none',
    define: { 'process.env.JOBDECK_SCRIPTS': JSON.stringify(JSON.stringify(scripts)) },
    plugins: [jsonataWithoutRequire],
    logLevel: 'error',
  });
  const [{ outputFiles }] = await Promise.all([functions, page]);
  for (const file of outputFiles) {
    const path = join(outDir, relative(virtualOut, file.path));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.contents);
  }
  return openBundles(outDir);
}

/** The bundles that `bundle` wrote to a folder before. */
export function openBundles(outDir: string): Bundles {
  const names = Object.keys(FUNCTION_ENTRIES);
  return {
    names,
    folder(name) {
      if (!names.includes(name))
        throw new Error(`There is no function "${name}" to bundle. There are: ${names.join(', ')}.`);
      return join(outDir, name);
    },
  };
}

/** JSONata is one file, and has no use for the `require` that it looks for: with it goes esbuild's substitute for one. */
const jsonataWithoutRequire: Plugin = {
  name: 'jsonata-without-require',
  setup(build) {
    build.onLoad({ filter: /[\\/]jsonata[\\/]jsonata\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('"function"==typeof require&&require', 'false'),
    }));
  },
};

const scriptName = (file: string) => basename(file, '.ts');

/** The files of a folder that are scripts; all relative to the project. */
async function scriptsIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(projectRoot, folder), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return files.map((entry) => `${folder}/${entry.name}`).sort();
}
