/**
 * The CDK app of a project, which the CDK CLI runs in the folder of the project: `jobdeck synth`. The context `stage` is
 * the name of the stage. The cloud assembly and the bundles are written to the output folder of the CDK CLI.
 */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { buildApp } from '../app.ts';
import { bundleProject } from '../bundle.ts';
import { explainBuildFailure, loadProject } from './load-project.ts';
import { ProjectError } from './project-error.ts';
import { projectStage } from './project-stage.ts';

try {
  await synthesizeProject(process.cwd());
} catch (error) {
  // The position of the error in a file of the project matters, and not the stack of the bundler.
  console.error(error instanceof ProjectError ? error.message : error);
  process.exitCode = 1;
}

async function synthesizeProject(root: string): Promise<void> {
  const outDir = process.env.CDK_OUTDIR;
  // Reads the context only. An app of the CDK CLI would otherwise be synthesized at the end of the process.
  const name: unknown = new App({ autoSynth: false }).node.tryGetContext('stage');
  if (outDir === undefined || typeof name !== 'string') {
    throw new ProjectError('This app is run by the CDK CLI with a stage: `npx jobdeck synth --stage <name>`');
  }
  const project = await loadProject(root);
  const stage = projectStage(project, name);
  const scripts = { root, folders: [project.scriptsFolder] };
  const bundles = await bundleProject(join(outDir, 'bundles'), scripts).catch(async (error: unknown) => {
    throw new ProjectError(await explainBuildFailure(error), { cause: error });
  });
  (await buildApp({ stage, outDir, bundles })).synth();
}
