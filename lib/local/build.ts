import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';
import { siblingModule } from '../sibling-module.ts';
import { sourceHash } from '../source-hash.ts';
import { BuildCache } from './build-cache.ts';
import { runBuildProcess } from './run-build-process.ts';

const cache = new BuildCache(join(projectRoot, 'node_modules', '.cache', 'jobdeck'));

/**
 * Returns the folder of the synthesized template and the bundles (in `bundles/`) for the current sources. The result is
 * cached by a hash of the sources, because CDK and esbuild take seconds. Processes that need a build at the same time
 * share one.
 *
 * @param onBuild called if a build is necessary
 *
 * @param moreScripts additional script folders, relative to the repository. The functions are those of the build without
 *   them
 */
export async function ensureBuild(
  onBuild: () => void = () => {},
  moreScripts: readonly string[] = [],
): Promise<string> {
  const key = sourceHash(projectRoot, moreScripts);
  const existing = cache.find(key);
  if (existing !== undefined) return existing;
  const plain = moreScripts.length > 0 ? await ensureBuild(onBuild) : undefined;
  return cache.ensure(key, async (draft) => {
    onBuild();
    if (plain !== undefined) cpSync(join(plain, 'bundles'), join(draft, 'bundles'), { recursive: true });
    await runBuildProcess(siblingModule('build-entry', import.meta.url), [draft, ...moreScripts]);
  });
}
