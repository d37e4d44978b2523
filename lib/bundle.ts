import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import { surfaces } from '../functions/api/surfaces.ts';
import { buildConsole } from './build-console.ts';
import { buildDocs } from './build-docs.ts';
import { buildOpenApi } from './build-openapi.ts';
import { bundleOptions, writeBundle } from './bundle-options.ts';
import { bundleScripts } from './bundle-scripts.ts';
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
/** Entry points of the worker's child processes. */
const HOST_ENTRIES = [
  { in: SCRIPT_HOST, out: 'worker/script-host' },
  { in: EXPRESSION_HOST, out: 'worker/expression-host' },
];
/** Folder of the scripts of this package: each file directly in it is one script. */
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
 * demand. The worker's folder also contains `script-host.mjs`, `expression-host.mjs` and `scripts/<name>.mjs`; the
 * console's folder contains the page, the OpenAPI document and the API reference in `site/`. Existing files in `outDir`
 * are removed.
 *
 * @param scriptFolders script folders, relative to this package. Tests add their own
 */
export async function bundle(outDir: string, scriptFolders: readonly string[] = [SCRIPTS_FOLDER]): Promise<Bundles> {
  await bundleFunctions(outDir);
  await bundleScripts(outDir, { root: projectRoot, folders: scriptFolders });
  return openBundles(outDir);
}

/** Bundles the functions as `bundle` does, without scripts. */
async function bundleFunctions(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  const site = join(outDir, 'console', 'site');
  // Runs concurrently with esbuild to shorten the first start.
  const page = Promise.all([buildConsole(site), buildOpenApi(site), buildDocs(site)]);
  const options = bundleOptions(projectRoot);
  const write = async ({ outputFiles }: { readonly outputFiles: readonly OutputFile[] }) => {
    await writeBundle(projectRoot, outDir, outputFiles);
  };
  await write(await build({ ...options, entryPoints: HOST_ENTRIES }));
  // `keepNames` would define a property of each function at import, which takes 3–7 ms. Stack traces have the names of
  // the source map.
  const functionOptions = { ...options, keepNames: false, splitting: true, inject: [SOURCE_MAPS] };
  // Each function has chunks of its own: chunks that functions share would be many and small. One build at a time limits
  // the memory of esbuild.
  for (const [name, file] of Object.entries(FUNCTION_ENTRIES)) {
    const entryPoints = [{ in: file, out: `${name}/index` }];
    const chunkNames = `${name}/[name]-[hash]`;
    await write(await build({ ...functionOptions, entryPoints, chunkNames }));
  }
  await page;
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
