/**
 * The CDK app of a project, which the CDK CLI runs in the folder of the project: `jobdeck synth`. The context `stage` is
 * the name of the stage. The cloud assembly and the bundles are written to the output folder of the CDK CLI.
 */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { buildApp } from '../app.ts';
import { bundleProject } from '../bundle.ts';
import { DEMO_TENANT } from '../local/demo/tenant.ts';
import { explainBuildFailure, loadProject, type Project } from './load-project.ts';
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
  validateJobs(project);
  const scripts = { root, folders: [project.scriptsFolder] };
  const bundles = await bundleProject(join(outDir, 'bundles'), scripts).catch(async (error: unknown) => {
    throw new ProjectError(await explainBuildFailure(error), { cause: error });
  });
  (await buildApp({ stage, outDir, bundles })).synth();
}

/**
 * Evaluates the jobs for a tenant that stands for all. A function of the project may know none of this name.
 *
 * @throws ProjectError for a job that is declared wrongly
 */
function validateJobs(project: Project): void {
  try {
    project.jobs(DEMO_TENANT);
  } catch (error) {
    if (error instanceof ProjectError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    console.error(`The jobs were not validated, because a file fails for the tenant '${DEMO_TENANT}': ${message}`);
  }
}
