/**
 * Synthesizes the local stage. `build.ts` runs this file in a child process.
 *
 * Usage: `node lib/local/build-entry.ts <folder> [<script folder>…]`
 */
import { join } from 'node:path';
import { stop } from 'esbuild';
import { bundle, SCRIPTS_FOLDER } from '../bundle.ts';
import { LOCAL_STAGE } from '../config.ts';

const [folder, ...moreScripts] = process.argv.slice(2);
if (!folder) throw new Error('Usage: node lib/local/build-entry.ts <folder> [<folder of scripts>…]');

// esbuild runs in a process of its own and finishes while CDK is being loaded.
const bundling = bundle(join(folder, 'bundles'), [SCRIPTS_FOLDER, ...moreScripts]);
const { buildApp } = await import('../app.ts');
const bundles = await bundling;
await stop(); // Frees the 300 MB of esbuild before CDK allocates 400 MB.
(await buildApp({ stage: LOCAL_STAGE, outDir: folder, bundles })).synth();
