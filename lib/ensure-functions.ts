import { join } from 'node:path';
import { BuildCache } from './local/build-cache.ts';
import { isInstalled, projectRoot } from './project-root.ts';
import { sourceHash } from './source-hash.ts';

/** Folder of the bundled functions in the package. `npm pack` creates it. */
export const SHIPPED_FUNCTIONS = join(projectRoot, 'dist', 'bundles');

const cache = new BuildCache(join(projectRoot, 'node_modules', '.cache', 'jobdeck-functions'));

/**
 * Returns a folder with the bundled functions, without scripts: the folder in the installed package, or one that is bundled
 * from the sources. The latter is cached by a hash of the sources, because bundling takes 12 s of CPU. Processes that need
 * it at the same time share one.
 */
export async function ensureFunctions(): Promise<string> {
  if (isInstalled) return SHIPPED_FUNCTIONS;
  return cache.ensure(
    () => sourceHash(),
    async (draft) => {
      // The package does not contain the bundler.
      const module = new URL('./bundle-functions.ts', import.meta.url).href;
      const { bundleFunctions } = (await import(module)) as typeof import('./bundle-functions.ts');
      await bundleFunctions(draft);
    },
  );
}
