import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Bundles, openBundles } from './bundle.ts';
import type { ScriptFolders } from './bundle-scripts.ts';
import { siblingModule } from './sibling-module.ts';

/** Folders that this process has bundled: an app with several stages bundles their common scripts once. */
const bundled = new Set<string>();

/**
 * Bundles the functions with the scripts of a project like `bundleProject`, and blocks until the bundles are complete.
 *
 * @param outDir folder for these scripts alone
 * @throws Error with the output of the bundler
 */
export function bundleSync(outDir: string, { root, folders }: ScriptFolders): Bundles {
  if (!bundled.has(outDir)) {
    const entry = fileURLToPath(siblingModule('bundle-entry', import.meta.url));
    try {
      execFileSync(process.execPath, [entry, outDir, root, ...folders], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, NODE_OPTIONS: '' },
      });
    } catch (error) {
      const { stderr } = error as { readonly stderr?: Buffer };
      throw new Error(`The scripts cannot be bundled:\n${stderr?.toString() || String(error)}`, { cause: error });
    }
    bundled.add(outDir);
  }
  return openBundles(outDir);
}
