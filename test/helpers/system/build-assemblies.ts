import { ensureBuild } from '../../../lib/local/build.ts';
import { buildAssemblyWithTestScripts } from './assembly.ts';

/**
 * Builds the cloud assemblies that the local systems of tests run, if a source has changed. Vitest calls it once before
 * the workers start, which would all build otherwise.
 */
export async function setup(): Promise<void> {
  await Promise.all([ensureBuild(), buildAssemblyWithTestScripts()]);
}
