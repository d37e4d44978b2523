import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleOptions, writeBundle } from '../../bundle-options.ts';

/**
 * Bundles the module of a Lambda function of the team.
 *
 * @param module absolute path
 * @param folder receives the bundle
 * @returns the path of the bundle
 * @throws Error that names the target and the position of each error in the module
 */
export async function buildFunction(target: string, module: string, folder: string): Promise<string> {
  const { build } = await import('esbuild');
  const root = process.cwd();
  await rm(folder, { recursive: true, force: true });
  try {
    const entryPoints = [{ in: module, out: 'index' }];
    const { outputFiles } = await build({ ...bundleOptions(root), logLevel: 'silent', entryPoints });
    await writeBundle(root, folder, outputFiles);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`targets.${target}.local.module cannot be bundled: ${reason}`, { cause: error });
  }
  return join(folder, 'index.mjs');
}
