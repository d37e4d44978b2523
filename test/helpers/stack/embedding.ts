import { join } from 'node:path';
import { App, Stack, type StackProps, type Stage } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { openBundles } from '../../../lib/bundle.ts';
import { Jobdeck, type JobdeckProps } from '../../../lib/constructs/jobdeck.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import { temporaryFolderOfFile } from './synth.ts';
import { WITHOUT_ASSET_COPIES } from './synthesized.ts';

const bundles = openBundles(join(await ensureBuild(), 'bundles'));

/** A CDK app of a team with a stack of its own, into which tests put the platform. It has no context. */
export function createTeamApp(props: StackProps = {}): { readonly app: App; readonly stack: Stack } {
  const app = new App({ outdir: temporaryFolderOfFile(), analyticsReporting: false, context: WITHOUT_ASSET_COPIES });
  return { app, stack: new Stack(app, 'shop', props) };
}

/** Puts a stage into a stack, an app or a CDK stage, with the bundles of the current sources. */
export const embed = (scope: Stack | Stage, props: JobdeckProps): Jobdeck =>
  new Jobdeck(scope, `Jobs-${props.stage}`, { ...props, bundles });

/** A bucket of the team that satisfies cdk-nag. */
export const createTeamBucket = (stack: Stack, id: string): s3.Bucket =>
  new s3.Bucket(stack, id, {
    enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    serverAccessLogsPrefix: 'access/',
  });
