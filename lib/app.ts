import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { type Bundles, bundle } from './bundle.ts';
import { DEFAULT_STAGE, type StageConfig, stageConfig } from './config.ts';
import { Jobdeck } from './constructs/jobdeck.ts';
import { projectRoot } from './project-root.ts';

export interface AppProps {
  /**
   * Name or configuration of the stage.
   *
   * @default the context's `stage` (`cdk synth -c stage=prod`), else `JOBDECK_STAGE`, else `dev`
   */
  readonly stage?: string | StageConfig | undefined;
  /** Output folder of the cloud assembly and the bundles. */
  readonly outDir: string;
  /**
   * Existing bundles.
   *
   * @default built into `<outDir>/bundles`
   */
  readonly bundles?: Bundles;
}

/** Builds the CDK app of one stage without synthesizing it. */
export async function buildApp(props: AppProps): Promise<App> {
  const outDir = resolve(props.outDir);
  // Reads the context of cdk.json and omits the metadata resource, so that the templates are the same with and without
  // the CDK CLI.
  const app = new App({ outdir: outDir, context: cdkContext(), analyticsReporting: false });
  const { name, ...settings } = findStageConfig(app, props.stage);
  const bundles = props.bundles ?? (await bundle(join(outDir, 'bundles')));
  // `Default` is no part of the ids that CDK derives from paths, so ids of resources do not depend on the construct.
  new Jobdeck(app, 'Default', { ...settings, stage: name, bundles });
  return app;
}

/**
 * Synthesizes a stage into `outDir`. Needs no AWS account.
 *
 * @param stage name of the stage; `undefined` uses the default of `AppProps.stage`
 */
export async function synthesize(stage: string | undefined, outDir: string): Promise<CloudAssembly> {
  return (await buildApp({ stage, outDir })).synth();
}

function findStageConfig(app: App, stage: string | StageConfig | undefined): StageConfig {
  if (typeof stage === 'object') return stage;
  const context: unknown = app.node.tryGetContext('stage');
  return stageConfig(stage ?? (typeof context === 'string' ? context : (process.env.JOBDECK_STAGE ?? DEFAULT_STAGE)));
}

function cdkContext(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  return context;
}
