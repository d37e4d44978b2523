import { ensureBuild } from '../../../lib/local/build.ts';

/**
 * Builds the local stage with the scripts of `test/helpers/scripts` beside the shipped ones. Takes seconds if a source
 * has changed.
 *
 * @returns the folder of the cloud assembly
 */
export const buildAssemblyWithTestScripts = (): Promise<string> => ensureBuild(() => {}, ['test/helpers/scripts']);
