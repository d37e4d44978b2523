/**
 * Synthesizes the local stage into the folder that is the first argument, with the scripts of the folders that are the
 * others. Run by `build.ts` in a process of its own.
 */
import { join } from 'node:path';
import { stop } from 'esbuild';
import { bundle, SCRIPTS_FOLDER } from '../bundle.ts';

const [folder, ...moreScripts] = process.argv.slice(2);
if (!folder) throw new Error('Usage: node lib/local/build-entry.ts <folder> [<folder of scripts>…]');

// esbuild works in a process of its own, so it is done by the time that CDK has been loaded.
const bundling = bundle(join(folder, 'bundles'), [SCRIPTS_FOLDER, ...moreScripts]);
const { buildApp } = await import('../app.ts');
const bundles = await bundling;
await stop(); // It would keep its 300 MB while CDK takes 400 more.
(await buildApp({ stage: 'local', outDir: folder, bundles })).synth();
