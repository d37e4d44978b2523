import { ensureBuild } from '../../../lib/local/build.ts';

/**
 * The folder of the local stage with the scripts of `test/helpers/scripts` among those that are shipped, for a test
 * system that runs them. Takes a few seconds when something has changed.
 */
export const buildAssemblyWithTestScripts = (): Promise<string> => ensureBuild(() => {}, ['test/helpers/scripts']);
