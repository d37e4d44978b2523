import { join } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import { buildConsole } from './build-console.ts';
import { buildDocs } from './build-docs.ts';
import { buildOpenApi } from './build-openapi.ts';
import { bundleOptions, writeBundle } from './bundle-options.ts';
import {
  awsClientsWithoutUnusedParts,
  awsCoreWithoutIndexes,
  configurationFromEnvironment,
  payloadValidatorOnDemand,
  startInOneChunk,
  zodWithoutJsonSchema,
} from './bundle-plugins.ts';
import { FUNCTION_ENTRIES } from './function-entries.ts';
import { projectRoot } from './project-root.ts';
import { deferredRoutes, routesWithoutDocs } from './route-plugins.ts';

/** Translates stack traces; part of each function's bundle. Scripts and hosts run with Node's own source map support. */
const SOURCE_MAPS = 'functions/core/platform/source-maps.ts';
/** Runs in a child process of the worker for each script run. */
const SCRIPT_HOST = 'functions/core/executors/script/script-host.ts';
/** Runs in a child process of the worker and evaluates a flow's expressions. */
const EXPRESSION_HOST = 'functions/core/executors/flow/transforms/expression-host.ts';
/** Runs in a child process of the worker and decodes Parquet files. */
const PARQUET_HOST = 'functions/core/executors/flow/formats/parquet/parquet-host.ts';
/** Validates payloads by JSON Schemas; a module that the surfaces with definitions and the worker import on demand. */
const PAYLOAD_VALIDATOR = 'functions/api/definition/validate-payload.ts';
const VALIDATING_FUNCTIONS = ['api-runner', 'api-flows', 'api-pipelines', 'worker'];
/** Entry points of the worker's child processes. */
const HOST_ENTRIES = [
  { in: SCRIPT_HOST, out: 'worker/script-host' },
  { in: EXPRESSION_HOST, out: 'worker/expression-host' },
  { in: PARQUET_HOST, out: 'worker/parquet-host' },
];
/**
 * Bundles the functions from the sources into `<outDir>/<name>/`, as `bundle` describes them, without scripts.
 *
 * @param names names of the functions. The hosts of the worker and the page of the console are always built. @default all
 */
export async function bundleFunctions(
  outDir: string,
  names: readonly string[] = Object.keys(FUNCTION_ENTRIES),
): Promise<void> {
  const site = join(outDir, 'console', 'site');
  // Runs concurrently with esbuild to shorten the first start.
  const page = Promise.all([buildConsole(site), buildOpenApi(site), buildDocs(site)]);
  const options = bundleOptions(projectRoot);
  const write = async ({ outputFiles }: { readonly outputFiles: readonly OutputFile[] }) => {
    await writeBundle(projectRoot, outDir, outputFiles);
  };
  await write(await build({ ...options, entryPoints: HOST_ENTRIES }));
  // Without `zodWithoutJsonSchema`, and therefore not a chunk of the function.
  const validators = VALIDATING_FUNCTIONS.map((name) => ({ in: PAYLOAD_VALIDATOR, out: `${name}/validate-payload` }));
  await write(await build({ ...options, keepNames: false, entryPoints: validators }));
  // `keepNames` would define a property of each function at import, which takes 3–7 ms. Stack traces have the names of
  // the source map.
  const plugins = [
    ...options.plugins,
    zodWithoutJsonSchema,
    routesWithoutDocs,
    deferredRoutes,
    awsClientsWithoutUnusedParts,
    awsCoreWithoutIndexes,
    configurationFromEnvironment,
    payloadValidatorOnDemand,
    startInOneChunk,
  ];
  const functionOptions = { ...options, plugins, keepNames: false, splitting: true, inject: [SOURCE_MAPS] };
  // Each function has chunks of its own: chunks that functions share would be many and small. One build at a time limits
  // the memory of esbuild.
  for (const [name, file] of Object.entries(FUNCTION_ENTRIES)) {
    if (!names.includes(name)) continue;
    const entryPoints = [{ in: file, out: `${name}/index` }];
    const chunkNames = `${name}/[name]-[hash]`;
    await write(await build({ ...functionOptions, entryPoints, chunkNames }));
  }
  await page;
}
