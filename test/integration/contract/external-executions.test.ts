import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endRuns } from '../../../lib/admin/end-runs.ts';
import { openStage } from '../../../lib/admin/open-stage.ts';
import { openBundles } from '../../../lib/bundle.ts';
import { stages } from '../../../lib/config.ts';
import { Jobdeck } from '../../../lib/constructs/jobdeck.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { startAwsJsonServer } from '../../helpers/fakes/aws-json-server.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

const outdir = temporaryFolderOfFile();
let system: TestSystem;
let stepFunctions: Awaited<ReturnType<typeof startAwsJsonServer>>;

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:123456789012:${resource}`;
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:order-flow:1';

const container = {
  cluster: arn('ecs', 'cluster/jobs'),
  taskDefinition: arn('ecs', 'task-definition/etl:7'),
  subnets: ['subnet-1'],
};

/** Synthesizes the local stage of a team that has declared containers and state machines. */
async function synthesizeTeamApp(endpoint: string): Promise<string> {
  const bundles = openBundles(join(await ensureBuild(), 'bundles'));
  const app = new App({ outdir, analyticsReporting: false });
  const targets = {
    etl: { container, local: { command: ['node', '-e'] } },
    report: { container: { ...container, taskDefinition: arn('ecs', 'task-definition/report:1') } },
    'order-flow': { stateMachine: arn('states', 'stateMachine:order-flow'), local: { endpoint } },
    payroll: { stateMachine: arn('states', 'stateMachine:payroll') },
  };
  new Jobdeck(new Stack(app, 'shop'), 'Jobs', { ...stages.local, stage: 'local', bundles, targets });
  return app.synth().directory;
}

beforeAll(async () => {
  const output = { rows: 3 };
  stepFunctions = await startAwsJsonServer({
    DescribeStateMachine: [{ body: { type: 'STANDARD', creationDate: 1_795_000_000 } }],
    StartExecution: [{ body: { executionArn: EXECUTION, startDate: 1_795_000_000 } }],
    DescribeExecution: [{ body: { status: 'SUCCEEDED', stopDate: 1_795_000_060, output: JSON.stringify(output) } }],
  });
  system = await startTestSystem({ assembly: () => synthesizeTeamApp(stepFunctions.url) });
});

afterAll(async () => {
  await system?.stop();
  await stepFunctions.close();
});

const asTenant = (): Promise<ApiClient> => system.as(freshTenant());

interface RunBody {
  readonly run: {
    readonly run_id: string;
    readonly status: string;
    readonly execution: { readonly reference: string | null } | null;
  };
}

/** Defines a job that runs a script of Node in place of a container. */
async function givenContainer(client: ApiClient, script: string, job: object = {}): Promise<void> {
  const definition = { id: 'etl', name: 'ETL', container: { target: 'etl', command: [script], env: { MODE: 'full' } } };
  expect(await client.post('/jobs', { ...definition, ...job })).toMatchObject({ status: 201 });
}

describe('a job of type container', () => {
  it('shows its definition with the defaults', async () => {
    const client = await asTenant();

    await client.post('/jobs', { id: 'etl', name: 'ETL', container: { target: 'etl' } });

    expect((await client.get('/jobs/etl')).body).toMatchObject({
      job: {
        type: 'container',
        container: { target: 'etl', command: null, env: {}, payload: null },
        stateMachine: null,
        script: null,
        timeout_ms: 3_600_000,
        finish_grace_s: 0,
      },
    });
  });

  it('runs its command on one machine, with the run and its payload in variables, and shows output and exit code', async () => {
    const client = await asTenant();
    await givenContainer(
      client,
      'console.log(process.env.MODE, process.env.JOBDECK_JOB_ID, process.env.JOBDECK_PAYLOAD)',
    );

    const { status, body } = await client.post<RunBody>('/jobs/etl/run', { payload: { day: 1 } });

    expect({ status, body }).toMatchObject({
      status: 200,
      body: { result: { status: 'ok', exit_code: 0, stdout: 'full etl {"day":1}' } },
    });
    expect((await client.get('/jobs/etl/runs')).body).toMatchObject({
      runs: [
        {
          status: 'ok',
          execution_ms: null,
          execution: {
            target: 'etl',
            reference: expect.stringMatching(/^[0-9a-f]{32}$/),
            deadline_at: expect.any(String),
          },
        },
      ],
    });
  });

  it('fails with the exit code of its container', async () => {
    const client = await asTenant();
    await givenContainer(client, 'console.error("no such table"); process.exit(3)');

    const { body } = await client.post('/jobs/etl/run');

    expect(body).toMatchObject({
      result: { status: 'error', exit_code: 3, stdout: 'no such table', stderr: 'exit code 3' },
    });
  });

  it('stops its container when it is canceled', async () => {
    const client = await asTenant();
    await givenContainer(client, 'setInterval(() => {}, 1000)');
    const started = await client.post<RunBody>('/jobs/etl/run', undefined, { prefer: 'respond-async' });
    const path = `/jobs/etl/runs/${started.body.run.run_id}`;
    await waitUntil(async () => (await client.get<RunBody>(path)).body.run.execution?.reference);

    const canceled = await client.post(`${path}/cancel`);

    expect(canceled).toMatchObject({ status: 200, body: { run: { status: 'canceled' } } });
  });

  it('stops its container when its tenant is deleted', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await givenContainer(client, 'setInterval(() => {}, 1000)');
    const started = await client.post<RunBody>('/jobs/etl/run', undefined, { prefer: 'respond-async' });
    const path = `/jobs/etl/runs/${started.body.run.run_id}`;
    await waitUntil(async () => (await client.get<RunBody>(path)).body.run.execution?.reference);
    const stage = await openStage(undefined, { JOBDECK_DATA: system.dataDir }, () => {});

    const left = await endRuns(stage.context, tenantId(tenant));

    stage.close();
    expect(left).toEqual([]);
    expect((await client.get(path)).body).toMatchObject({ run: { status: 'canceled' } });
  });

  it('fails if its target has no local command', async () => {
    const client = await asTenant();
    await client.post('/jobs', { id: 'report', name: 'Report', container: { target: 'report' } });

    const { body } = await client.post('/jobs/report/run');

    expect(body).toMatchObject({
      result: { status: 'error', stderr: expect.stringContaining('task definition report:1 has no local.command') },
    });
  });

  it.each([
    [{ container: { target: 'payroll' } }, 'container.target: must be the name of a target of type container'],
    [{ container: { target: 'etl', env: { KEY: '{{secret:key}}' } } }, 'container.env: '],
    [{ container: { target: 'etl' }, timeout_ms: 604_800_001 }, 'timeout_ms: must be'],
    [{ container: { target: 'etl' }, script: 'echo' }, "script: must be absent: the job's type is container"],
    [
      { container: { target: 'etl', payload: 'x'.repeat(9_000) } },
      'container.payload: must take at most 7424 characters with command and env, as the overrides of a task, got 9',
    ],
    [
      { container: { target: 'etl', command: ['x'.repeat(4_000), 'y'.repeat(4_000)] } },
      'container.command: must take at most 7424 characters with env, as the overrides of a task, got 80',
    ],
    [{ container: { target: 'etl', command: ['a', 'b\0'] } }, 'container.command[1]: must not hold a NUL character'],
    [{ container: { target: 'etl', env: { A: '\0' } } }, 'container.env.A: must not hold a NUL character'],
    [
      { container: { target: 'etl', env: { 'A=B C': '' } } },
      'container.env.A=B C: a name must be letters, digits and _, not starting with a digit',
    ],
    [
      { container: { target: 'etl', env: { JOBDECK_SCHEDULED_AT: '' } } },
      'container.env.JOBDECK_SCHEDULED_AT: is reserved for the platform',
    ],
  ])('is refused with the field and the rule: %j', async (fields, message) => {
    const client = await asTenant();

    const { status, body } = await client.post<{ error: string }>('/jobs', { id: 'etl', name: 'ETL', ...fields });

    expect({ status, error: body.error }).toEqual({ status: 400, error: expect.stringContaining(message) });
  });
});

describe('a trigger of a job of type container', () => {
  it('fails if its payload does not fit beside command and env', async () => {
    const client = await asTenant();
    const [command, payload] = [['x'.repeat(3_800)], 'y'.repeat(3_800)];
    await client.post('/jobs', { id: 'etl', name: 'ETL', container: { target: 'etl', command } });

    const { status, body } = await client.post<{ error: string }>('/jobs/etl/run', { payload });

    const rule = 'payload: must take at most 7424 characters with command and env, as the overrides of a task, got 7';
    expect({ status, error: body.error }).toEqual({ status: 400, error: expect.stringContaining(rule) });
  });
});

describe('a job of type stateMachine', () => {
  it('executes the state machine at the endpoint of one machine, and shows its output', async () => {
    const client = await asTenant();
    await client.post('/jobs', {
      id: 'orders',
      name: 'Orders',
      timeout_ms: 3 * 86_400_000,
      stateMachine: { target: 'order-flow' },
    });

    const { body } = await client.post('/jobs/orders/run', { payload: { region: 'eu' } });

    expect(body).toMatchObject({ result: { status: 'ok', stdout: '{"rows":3}' } });
    const input = JSON.parse(
      stepFunctions.calls.find(({ operation }) => operation === 'StartExecution')?.input.input as string,
    );
    expect(input).toMatchObject({ region: 'eu', jobdeck: { job_id: 'orders', attempt: 1 } });
  });

  it('fails by its name if its target has no endpoint on one machine', async () => {
    const client = await asTenant();
    await client.post('/jobs', { id: 'pay', name: 'Pay', stateMachine: { target: 'payroll' } });

    const { body } = await client.post('/jobs/pay/run');

    expect(body).toMatchObject({
      result: {
        status: 'error',
        stderr:
          "stateMachine.target: 'payroll' has no local.endpoint, and Step Functions is not emulated on this machine",
      },
    });
  });

  it('takes objects as payloads only', async () => {
    const client = await asTenant();
    const job = { id: 'orders', name: 'Orders', stateMachine: { target: 'order-flow' } };
    await client.post('/jobs', job);

    const trigger = await client.post('/jobs/orders/run', { payload: [1] });
    const definition = await client.post('/jobs', {
      ...job,
      id: 'other',
      stateMachine: { target: 'order-flow', payload: { jobdeck: 1 } },
    });

    expect(trigger).toMatchObject({
      status: 400,
      body: { error: 'payload: must be an object, because it is the input of a state machine, got an array' },
    });
    expect(definition).toMatchObject({
      status: 400,
      body: { error: "stateMachine.payload: must not have the field 'jobdeck', which names the run" },
    });
  });
});
