import { ensureBuild } from '../../../lib/local/build.ts';
import { buildAssemblyWithTestScripts } from './assembly.ts';

/**
 * Builds the cloud assemblies that the local systems of tests run, if a source has changed: the plain one and the one with
 * test scripts. Vitest calls it once before the workers start.
 */
export async function setup(): Promise<void> {
  await ensureBuild();
  await buildAssemblyWithTestScripts();
}
