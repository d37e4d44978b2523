/**
 * Synthesizes the local stage. `build.ts` runs this file in a child process. Bundles that the folder contains in
 * `bundles/` are completed by the scripts, otherwise everything is bundled.
 *
 * Usage: `node lib/local/build-entry.ts <folder> [<script folder>…]`
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stop } from 'esbuild';
import { type Bundles, bundle, openBundles, SCRIPTS_FOLDER } from '../bundle.ts';
import { bundleScripts } from '../bundle-scripts.ts';
import { LOCAL_STAGE } from '../config.ts';
import { projectRoot } from '../project-root.ts';

const [folder, ...moreScripts] = process.argv.slice(2);
if (!folder) throw new Error('Usage: node lib/local/build-entry.ts <folder> [<folder of scripts>…]');

// esbuild runs in a process of its own and finishes while CDK is being loaded.
const bundling = bundleInto(join(folder, 'bundles'), [SCRIPTS_FOLDER, ...moreScripts]);
const { buildApp } = await import('../app.ts');
const bundles = await bundling;
await stop(); // Frees the 300 MB of esbuild before CDK allocates 400 MB.
(await buildApp({ stage: LOCAL_STAGE, outDir: folder, bundles })).synth();

async function bundleInto(outDir: string, scriptFolders: readonly string[]): Promise<Bundles> {
  if (!existsSync(outDir)) return bundle(outDir, scriptFolders);
  await bundleScripts(outDir, { root: projectRoot, folders: scriptFolders });
  return openBundles(outDir);
}
