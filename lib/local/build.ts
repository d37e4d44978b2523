import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';
import { siblingModule } from '../sibling-module.ts';
import { sourceHash } from '../source-hash.ts';
import { BuildCache } from './build-cache.ts';
import { runBuildProcess } from './run-build-process.ts';

const cache = new BuildCache(join(projectRoot, 'node_modules', '.cache', 'jobdeck'));

/**
 * Returns the folder of the synthesized template and the bundles (in `bundles/`) for the current sources. The result is
 * cached by a hash of the sources, because CDK takes seconds. Processes that need a build at the same time share one.
 *
 * @param onBuild called if a build is necessary
 * @param moreScripts additional script folders, relative to the repository
 */
export async function ensureBuild(
  onBuild: () => void = () => {},
  moreScripts: readonly string[] = [],
): Promise<string> {
  return cache.ensure(
    () => sourceHash(projectRoot, moreScripts),
    async (draft) => {
      onBuild();
      await runBuildProcess(siblingModule('build-entry', import.meta.url), [draft, ...moreScripts]);
    },
  );
}
