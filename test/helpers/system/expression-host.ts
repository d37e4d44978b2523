import { fileURLToPath } from 'node:url';
import { bundleInto, type TemporaryBundle } from './temporary-bundle.ts';

const fileOf = (host: string) =>
  fileURLToPath(new URL(`../../../functions/core/executors/flow/${host}.ts`, import.meta.url));

/** Bundles the expression host into a temporary folder with the layout of the worker's bundle. */
export const bundleExpressionHost = (): Promise<TemporaryBundle> =>
  bundleInto('jobdeck-expressions-', {
    entryPoints: [{ in: fileOf('transforms/expression-host'), out: 'expression-host' }],
  });

/** Bundles the host that decodes Parquet, like the expression host. */
export const bundleParquetHost = (): Promise<TemporaryBundle> =>
  bundleInto('jobdeck-parquet-', {
    entryPoints: [{ in: fileOf('formats/parquet/parquet-host'), out: 'parquet-host' }],
  });
