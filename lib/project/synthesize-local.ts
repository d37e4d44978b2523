/**
 * Synthesizes the local stage of a project. `local-assembly.ts` runs this file in a child process.
 *
 * Usage: `node lib/project/synthesize-local.ts <folder> <folder of the bundled functions> <JSON of the stage's settings>`
 */
import { buildApp } from '../app.ts';
import { openBundles } from '../bundle.ts';
import { LOCAL_STAGE, type StageSettings, stageConfig } from '../config.ts';

const [folder, bundles, settings] = process.argv.slice(2);
if (!folder || !bundles || !settings) throw new Error('Usage: synthesize-local <folder> <bundles> <settings>');

const stage = stageConfig(LOCAL_STAGE, JSON.parse(settings) as StageSettings);
(await buildApp({ stage, outDir: folder, bundles: openBundles(bundles) })).synth();
