import { fileURLToPath } from 'node:url';
import { bundleInto, type TemporaryBundle } from './temporary-bundle.ts';

const HOST = fileURLToPath(
  new URL('../../../functions/core/executors/flow/transforms/expression-host.ts', import.meta.url),
);

/** Bundles the expression host into a temporary folder with the layout of the worker's bundle. */
export const bundleExpressionHost = (): Promise<TemporaryBundle> =>
  bundleInto('jobdeck-expressions-', { entryPoints: [{ in: HOST, out: 'expression-host' }] });
