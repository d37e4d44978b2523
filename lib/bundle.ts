import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type OutputFile } from 'esbuild';
import { surfaces } from '../functions/api/surfaces.ts';
import { buildConsole } from './build-console.ts';
import { buildDocs } from './build-docs.ts';
import { buildOpenApi } from './build-openapi.ts';
import { credentialsFromEnvironment, jsonataWithoutRequire, nodeModulesOnDemand } from './bundle-plugins.ts';
import { projectRoot } from './project-root.ts';

/**
 * Source file of each Lambda function, relative to the project, by function name. The name is also the bundle's folder.
 */
export const FUNCTION_ENTRIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(surfaces.map(({ name }) => [`api-${name}`, `functions/api/${name}/handler.ts`])),
  console: 'functions/console/handler.ts',
  dispatcher: 'functions/dispatcher/handler.ts',
  worker: 'functions/worker/handler.ts',
  registrar: 'functions/registrar/handler.ts',
  sweeper: 'functions/sweeper/handler.ts',
  'sweep-dispatcher': 'functions/sweep-dispatcher/handler.ts',
  counters: 'functions/counters/handler.ts',
  publisher: 'functions/publisher/handler.ts',
  'counter-reconciler': 'functions/counter-reconciler/handler.ts',
  notifier: 'functions/notifier/handler.ts',
  deliverer: 'functions/deliverer/handler.ts',
  'dead-letters-ticks': 'functions/dead-letter/ticks.ts',
  'dead-letters-runs': 'functions/dead-letter/runs.ts',
  'dead-letters-counters': 'functions/dead-letter/counters.ts',
  'dead-letters-notifications': 'functions/dead-letter/notifications.ts',
  'dead-letters-platform': 'functions/dead-letter/platform.ts',
};

/** Translates stack traces; part of each function's bundle. Scripts and hosts run with Node's own source map support. */
const SOURCE_MAPS = 'functions/core/platform/source-maps.ts';
/** Runs in a child process of the worker for each script run. */
const SCRIPT_HOST = 'functions/core/executors/script/script-host.ts';
/** Runs in a child process of the worker and evaluates a flow's expressions. */
const EXPRESSION_HOST = 'functions/core/executors/flow/transforms/expression-host.ts';
/** Folder of the scripts: each file directly in it is one script. */
export const SCRIPTS_FOLDER = 'functions/scripts';

/** The bundled functions. */
export interface Bundles {
  /** Names of the bundled functions. */
  readonly names: readonly string[];
  /**
   * Returns the folder with a function's `index.mjs`, its chunks and their source maps.
   *
   * @throws Error if no function has the name
   */
  folder(name: string): string;
}

/**
 * Bundles all Lambda functions into `<outDir>/<name>/index.mjs`, with chunks beside it that the function imports on
 * demand. The worker's folder also contains `script-host.mjs`, `expression-host.mjs` and `scripts/<name>.mjs`; the console's folder contains the page and the
 * OpenAPI document and the API reference in `site/`. Existing files in `outDir` are removed.
 *
 * The output is reproducible: source map paths are relative to a virtual output folder, so they do not depend on
 * `outDir` or the project's location.
 *
 * @param scriptFolders script folders, relative to the project. Tests add their own
 */
export async function bundle(outDir: string, scriptFolders: readonly string[] = [SCRIPTS_FOLDER]): Promise<Bundles> {
  const scriptFiles = (await Promise.all(scriptFolders.map(scriptsIn))).flat();
  const scripts = scriptFiles.map(scriptName).sort();
  const hostEntries = [
    { in: SCRIPT_HOST, out: 'worker/script-host' },
    { in: EXPRESSION_HOST, out: 'worker/expression-host' },
    ...scriptFiles.map((file) => ({ in: file, out: `worker/scripts/${scriptName(file)}` })),
  ];
  const virtualOut = join(projectRoot, 'bundles');
  await rm(outDir, { recursive: true, force: true });
  const site = join(outDir, 'console', 'site');
  // Runs concurrently with esbuild to shorten the first start.
  const page = Promise.all([buildConsole(site), buildOpenApi(site), buildDocs(site)]);
  const options = {
    absWorkingDir: projectRoot,
    outdir: virtualOut,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Prefers ES modules: esbuild can tree-shake them, and the CommonJS builds of the SDK are twice as large.
    mainFields: ['module', 'main'],
    minify: true,
    // Error classes are identified and logged by name.
    keepNames: true,
    sourcemap: 'linked',
    // Stack traces need positions only. Without source text the maps are a third of the size.
    sourcesContent: false,
    legalComments: 'none',
    define: { 'process.env.JOBDECK_SCRIPTS': JSON.stringify(JSON.stringify(scripts)) },
    plugins: [jsonataWithoutRequire, nodeModulesOnDemand, credentialsFromEnvironment],
    logLevel: 'error',
  } as const satisfies BuildOptions;
  const write = async ({ outputFiles }: { readonly outputFiles: readonly OutputFile[] }) => {
    for (const file of outputFiles) {
      const path = join(outDir, relative(virtualOut, file.path));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.contents);
    }
  };
  await write(await build({ ...options, entryPoints: hostEntries }));
  // Each function has chunks of its own: chunks that functions share would be many and small. One build at a time limits
  // the memory of esbuild.
  for (const [name, file] of Object.entries(FUNCTION_ENTRIES)) {
    const entryPoints = [{ in: file, out: `${name}/index` }];
    const chunkNames = `${name}/[name]-[hash]`;
    await write(await build({ ...options, entryPoints, chunkNames, splitting: true, inject: [SOURCE_MAPS] }));
  }
  await page;
  return openBundles(outDir);
}

/** Returns bundles that `bundle` has written to a folder. */
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

const scriptName = (file: string) => basename(file, '.ts');

/** Lists the script files of a folder, relative to the project. */
async function scriptsIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(projectRoot, folder), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return files.map((entry) => `${folder}/${entry.name}`).sort();
}
