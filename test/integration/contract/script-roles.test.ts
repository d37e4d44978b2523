import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundles } from '../../../lib/bundle.ts';
import { stages } from '../../../lib/config.ts';
import { Jobdeck } from '../../../lib/constructs/jobdeck.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';
import { buildAssemblyWithTestScripts } from '../../helpers/system/assembly.ts';
import { freshTenant, startTestSystem, type TestSystem } from '../../helpers/system/test-system.ts';

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'];

const outdir = temporaryFolderOfFile();
let system: TestSystem;

/** Synthesizes a team's app whose script `print-variables` has a role. */
async function synthesizeTeamApp(): Promise<string> {
  const bundles = openBundles(join(await buildAssemblyWithTestScripts(), 'bundles'));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'shop');
  const jobs = new Jobdeck(stack, 'Jobs', { ...stages.local, stage: 'local', bundles });
  new Bucket(stack, 'Orders').grantRead(jobs.script('print-variables'));
  return app.synth().directory;
}

beforeAll(async () => {
  system = await startTestSystem({ assembly: synthesizeTeamApp });
});

afterAll(() => system.stop());

describe('the local system of an app whose script has a role', () => {
  it('passes credentials of the role to a run of the script', async () => {
    const client = await system.as(freshTenant());
    await client.post('/jobs', { id: 'orders', name: 'Orders', script: 'print-variables', args: NAMES });

    const { body } = await client.post('/jobs/orders/run');

    const keys = NAMES.slice(0, 3).map((name) => `${name}={{secret:${name} of the role}}`);
    expect(body).toMatchObject({
      result: { stdout: expect.stringContaining([...keys, 'AWS_REGION=us-east-1'].join('\n')) },
    });
  });

  it('rejects a job that sets a variable of AWS for the script', async () => {
    const client = await system.as(freshTenant());
    const env = { AWS_ENDPOINT_URL: 'https://elsewhere.test' };

    const { status, body } = await client.post('/jobs', { id: 'a', name: 'A', script: 'print-variables', env });

    expect(status).toBe(400);
    expect(body).toEqual({
      error: "env.AWS_ENDPOINT_URL: is reserved, because the script 'print-variables' has a role",
    });
  });
});
