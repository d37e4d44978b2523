import { join } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { getJob, replaceJob } from '../../../functions/core/store/jobs.ts';
import { openBundles } from '../../../lib/bundle.ts';
import { main } from '../../../lib/cli/main.ts';
import { stages } from '../../../lib/config.ts';
import { Jobdeck } from '../../../lib/constructs/jobdeck.ts';
import { ensureBuild } from '../../../lib/local/build.ts';
import type { TargetSettings } from '../../../lib/targets/settings.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';
import { givenJobProject } from '../../helpers/system/job-project.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitForAssertion, waitUntil } from '../../helpers/wait.ts';

const outdir = temporaryFolderOfFile();
let system: TestSystem;

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:123456789012:${resource}`;

const TARGETS: Readonly<Record<string, TargetSettings>> = {
  work: { queue: arn('sqs', 'work') },
  line: { queue: arn('sqs', 'line.fifo') },
  bus: { eventBus: arn('events', 'event-bus/shop/orders') },
  report: { lambda: arn('lambda', 'function:report'), local: { module: 'test/helpers/targets/report.ts' } },
  remote: { lambda: arn('lambda', 'function:remote') },
  etl: {
    container: {
      cluster: arn('ecs', 'cluster/jobs'),
      taskDefinition: arn('ecs', 'task-definition/etl:7'),
      subnets: ['subnet-1'],
    },
  },
  orders: { stateMachine: arn('states', 'stateMachine:orders') },
  private: { queue: arn('sqs', 'private'), tenants: ['chosen'] },
};

/** Synthesizes the local stage of a team that has declared targets. */
async function synthesizeTeamApp(): Promise<string> {
  const bundles = openBundles(join(await ensureBuild(), 'bundles'));
  const app = new App({ outdir, analyticsReporting: false });
  new Jobdeck(new Stack(app, 'shop'), 'Jobs', { ...stages.local, stage: 'local', bundles, targets: TARGETS });
  return app.synth().directory;
}

beforeAll(async () => {
  system = await startTestSystem({ assembly: synthesizeTeamApp });
});

afterAll(() => system.stop());

const asTenant = (tenant = freshTenant()): Promise<ApiClient> => system.as(tenant);

/** Receives the messages of a local queue, up to ten. */
async function receive(queue: string) {
  const client = new SQSClient({
    endpoint: system.endpoints.sqs,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: `${system.endpoints.sqs}/000000000000/${queue}`,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      AttributeNames: ['All'],
      WaitTimeSeconds: 5,
    }),
  );
  client.destroy();
  return Messages;
}

const queueJob = (queue: object) => ({ id: 'send', name: 'Send', type: 'queue', queue });
interface RunBody {
  readonly run: { readonly run_id: string; readonly status: string };
}

const invalid = (error: string) => ({ status: 400, body: { error } });

describe('GET /targets', () => {
  it('lists what the tenant may name, and no resources', async () => {
    const list = async (tenant: string) => (await (await asTenant(tenant)).get('/targets')).body;
    const others = [
      { name: 'bus', type: 'event' },
      { name: 'etl', type: 'container' },
      { name: 'line', type: 'queue' },
      { name: 'orders', type: 'stateMachine' },
    ];
    const after = [
      { name: 'remote', type: 'lambda' },
      { name: 'report', type: 'lambda' },
      { name: 'work', type: 'queue' },
    ];

    expect(await list(freshTenant())).toEqual({ targets: [...others, ...after] });
    expect(await list('chosen')).toEqual({ targets: [...others, { name: 'private', type: 'queue' }, ...after] });
  });

  it('appears in the list of jobdeck targets', async () => {
    const run = async (tenant: string, ...more: readonly string[]) => {
      const printed: string[] = [];
      const output = { out: (text: string) => void printed.push(text), err: () => {} };
      const args = ['targets', '--url', system.url, '--tenant', tenant, ...more];
      const code = await main(args, { JOBDECK_DATA: system.dataDir }, output);
      return { code, out: printed.join('') };
    };

    expect(await run('chosen')).toEqual({
      code: 0,
      out: expect.stringMatching(/^TARGET +TYPE\nbus +event\n(.*\n)*private +queue\n(.*\n)*work +queue\n$/),
    });
    const { out } = await run(freshTenant(), '--json');
    expect(JSON.parse(out)).toEqual({ targets: expect.arrayContaining([{ name: 'work', type: 'queue' }]) });
    expect(out).not.toContain('private');
  });
});

describe('a job of type queue', () => {
  it('appears as it was defined, with its defaults', async () => {
    const client = await asTenant();

    const { status } = await client.post('/jobs', { id: 'send', name: 'Send', queue: { target: 'work' } });

    const queue = { target: 'work', group: null, payload: null };
    expect(status).toBe(201);
    expect((await client.get('/jobs/send')).body).toMatchObject({
      job: { type: 'queue', queue, event: null, script: null, http: null },
    });
  });

  it('sends the payload of its run, and otherwise its own', async () => {
    const client = await asTenant();
    await client.post('/jobs', queueJob({ target: 'work', payload: { from: 'job' } }));

    const first = await client.post<{ run: { id: string } }>('/jobs/send/run', { payload: [1, null, 'ü'] });
    const [sent] = await receive('work');
    await client.post('/jobs/send/run');
    const [other] = await receive('work');

    expect(first).toMatchObject({
      status: 200,
      body: { result: { status: 'ok', stdout: expect.stringContaining('"message_id":') } },
    });
    expect(sent).toMatchObject({
      Body: '[1,null,"ü"]',
      MessageAttributes: { 'jobdeck-job-id': { StringValue: 'send' }, 'jobdeck-attempt': { StringValue: '1' } },
    });
    expect(other?.Body).toBe('{"from":"job"}');
  });

  it('sends to a FIFO queue with tenant and job as its group', async () => {
    const tenant = freshTenant();
    const client = await asTenant(tenant);
    await client.post('/jobs', queueJob({ target: 'line' }));

    await client.post('/jobs/send/run');

    const [sent] = await receive('line.fifo');
    expect(sent).toMatchObject({ Body: '{}', Attributes: { MessageGroupId: `${tenant}#send` } });
    expect(sent?.Attributes?.MessageDeduplicationId).toBe(sent?.MessageAttributes?.['jobdeck-run-id']?.StringValue);
  });

  it('fails alike for a target that does not exist, has another type or belongs to another tenant', async () => {
    const client = await asTenant();
    const error = (target: string) =>
      `queue.target: must be the name of a target of type queue that is declared for this tenant, got '${target}'`;

    for (const target of ['missing', 'bus', 'private']) {
      expect(await client.post('/jobs', queueJob({ target }))).toMatchObject(invalid(error(target)));
    }
    expect(await (await asTenant('chosen')).post('/jobs', queueJob({ target: 'private' }))).toMatchObject({
      status: 201,
    });
  });

  it.each([
    [{}, 'queue.target: is required (1–64 of a–z 0–9 - and start with a letter)'],
    [{ target: 'Work' }, 'queue.target: must be 1–64 of a–z 0–9 - and start with a letter, got "Work"'],
    [
      { target: 'work', group: 'ü' },
      'queue.group: must be 1–63 letters, digits and punctuation characters of ASCII, got "ü"',
    ],
    [{ target: 'work', arn: 'x' }, "queue: unknown field 'arn'; known are target, group, payload"],
    [
      { target: 'work', payload: '{{secret:x}}' },
      'queue.payload: must not refer to a secret; only env of scripts and http.headers may',
    ],
  ])('is refused as %j', async (queue, error) => {
    expect(await (await asTenant()).post('/jobs', queueJob(queue))).toMatchObject(invalid(error));
  });

  it('takes neither arguments nor variables, and can become a job of another type', async () => {
    const client = await asTenant();
    await client.post('/jobs', queueJob({ target: 'work' }));

    expect(await client.post('/jobs/send/run', { args: ['a'] })).toMatchObject(
      invalid("args: must be absent: the job's type is queue"),
    );
    expect(await client.put('/jobs/send', { name: 'Send', script: 'echo' })).toMatchObject({ status: 200 });
    expect((await client.get('/jobs/send')).body).toMatchObject({ job: { type: 'script', queue: null } });
  });

  it('is validated without being stored', async () => {
    const client = await asTenant();

    const { body } = await client.post('/jobs/validate', queueJob({ target: 'missing' }));

    expect(body).toMatchObject({ valid: false, errors: [{ field: 'queue.target' }] });
  });
});

describe('a job of type lambda', () => {
  const lambdaJob = (lambda: object) => ({ id: 'report', name: 'Report', type: 'lambda', lambda });

  it('waits for the function of the team, and has its result and its log', async () => {
    const tenant = freshTenant();
    const client = await asTenant(tenant);
    await client.post('/jobs', lambdaJob({ target: 'report' }));

    const { body } = await client.post<{ result: { stdout: string; stderr: string } }>('/jobs/report/run', {
      payload: { day: 1 },
    });

    const jobdeck = { tenant, job_id: 'report', run_id: expect.any(String), attempt: 1, scheduled_at: null };
    const result = { event: { day: 1 }, custom: { jobdeck } };
    expect(body).toMatchObject({ result: { status: 'ok' } });
    expect(JSON.parse(body.result.stdout)).toEqual(result);
    expect(body.result.stderr).toContain('event {"day":1}');
  });

  it('fails with the error of the function', async () => {
    const client = await asTenant();
    await client.post('/jobs', lambdaJob({ target: 'report', payload: { fail: 'no such day' } }));

    const { body } = await client.post('/jobs/report/run');

    expect(body).toMatchObject({
      result: { status: 'error', error: expect.stringContaining('RangeError: no such day') },
    });
  });

  it('does not wait in the mode async', async () => {
    const client = await asTenant();
    await client.post('/jobs', lambdaJob({ target: 'report', mode: 'async' }));

    const { body } = await client.post('/jobs/report/run', { payload: { day: 2 } });

    expect(body).toMatchObject({ result: { status: 'ok', stdout: expect.stringContaining('"request_id":') } });
    await waitForAssertion(() =>
      expect(system.logs.some(({ text }) => text.startsWith('event {"day":2,"jobdeck":'))).toBe(true),
    );
  });

  it('explains how a function without a module is declared on this machine', async () => {
    const client = await asTenant();
    await client.post('/jobs', lambdaJob({ target: 'remote' }));

    const { body } = await client.post('/jobs/report/run');

    expect(body).toMatchObject({ result: { status: 'error', error: expect.stringContaining('local.module') } });
  });

  it('fails with a payload that names a run, as do its triggers', async () => {
    const client = await asTenant();
    const payload = { jobdeck: { tenant: 'victim' } };
    const rule = "payload: must not have the field 'jobdeck', which names the run";

    expect(await client.post('/jobs', lambdaJob({ target: 'report', payload }))).toMatchObject(
      invalid(`lambda.${rule}`),
    );
    await client.post('/jobs', lambdaJob({ target: 'report' }));
    expect(await client.post('/jobs/report/run', { payload })).toMatchObject(invalid(rule));
  });

  it('does not wait longer than its timeout', async () => {
    const client = await asTenant();
    await client.post('/jobs', { ...lambdaJob({ target: 'report', payload: { takes: 'long' } }), timeout_ms: 1_000 });

    const { body } = await client.post('/jobs/report/run');

    expect(body).toMatchObject({
      result: { status: 'timeout', error: "timeout: no answer from the target 'report' within 1000 ms" },
    });
  });

  it('does not wait any longer when it is canceled', async () => {
    const client = await asTenant();
    await client.post('/jobs', lambdaJob({ target: 'report', payload: { takes: 'long' } }));
    const started = await client.post<RunBody>('/jobs/report/run', undefined, { prefer: 'respond-async' });
    const path = `/jobs/report/runs/${started.body.run.run_id}`;
    await waitUntil(async () => (await client.get<RunBody>(path)).body.run.status === 'running');

    const canceled = await client.post(`${path}/cancel`);

    expect(canceled).toMatchObject({ status: 200, body: { run: { status: 'canceled' } } });
  });

  it('fails with another mode', async () => {
    expect(await (await asTenant()).post('/jobs', lambdaJob({ target: 'report', mode: 'later' }))).toMatchObject(
      invalid('lambda.mode: must be sync or async, got "later"'),
    );
  });
});

describe('a job of type event', () => {
  it('puts an event on the bus, which is a queue on this machine', async () => {
    const tenant = freshTenant();
    const client = await asTenant(tenant);
    const event = { target: 'bus', detail_type: 'Order placed' };
    await client.post('/jobs', { id: 'tell', name: 'Tell', type: 'event', event });

    const { body } = await client.post<{ result: object }>('/jobs/tell/run', { payload: { order: 5 } });

    expect(body).toMatchObject({ result: { status: 'ok', stdout: expect.stringContaining('"event_id":') } });
    const [sent] = await receive('events-shop-orders');
    expect(JSON.parse(sent?.Body ?? '')).toMatchObject({
      'detail-type': 'Order placed',
      source: 'jobdeck',
      detail: { metadata: { tenant, job_id: 'tell', attempt: 1 }, data: { order: 5 } },
    });
    expect(system.logs.some(({ text }) => text.includes('events-shop-orders'))).toBe(true);
  });

  it.each([
    [{ target: 'bus' }, 'event.detail_type: is required (text of 1–128 characters)'],
    [
      { target: 'bus', detail_type: 'x', source: 'aws.s3' },
      "event.source: must not start with aws., which EventBridge reserves, got 'aws.s3'",
    ],
  ])('is refused as %j', async (event, error) => {
    const client = await asTenant();

    expect(await client.post('/jobs', { id: 'tell', name: 'Tell', event })).toMatchObject(invalid(error));
  });
});

/** A job of each type, with all fields of its target. */
const JOBS = [
  ['lambda', { target: 'report', mode: 'async', payload: { day: [1, null] } }],
  ['event', { target: 'bus', detail_type: 'Order placed', source: 'shop.orders', payload: 'x' }],
  ['queue', { target: 'line', group: "eu/it's", payload: 0 }],
  ['container', { target: 'etl', command: ['node', ''], env: { MODE: 'full' }, payload: [] }],
  ['stateMachine', { target: 'orders', payload: { region: 'eu' } }],
] as const;

describe('jobs of all types of targets', () => {
  it('survive jobdeck pull without a difference for apply, and apply creates the same jobs', async () => {
    const [tenant, other] = [freshTenant(), freshTenant()];
    const client = await asTenant(tenant);
    for (const [type, target] of JOBS) {
      await client.post('/jobs', { id: `all-${type}`, name: type, type, [type]: target });
      await client.post('/jobs', {
        id: `few-${type}`,
        name: type,
        [type]: { target: target.target, ...(type === 'event' && { detail_type: 'x' }) },
      });
    }
    const { run, apply } = givenJobProject(system);

    const pulled = await run('pull', tenant);
    const planned = await apply(tenant, '--dry-run');
    const applied = await apply(other, '--yes');

    expect(pulled).toMatchObject({ code: 0, err: '' });
    expect(planned.out.match(/→/g)).toHaveLength(2 * JOBS.length);
    expect(planned.out.match(/labels.jobdeck-project: \(none\) → "my-jobs"/g)).toHaveLength(2 * JOBS.length);
    expect(applied).toMatchObject({ code: 0, err: '' });
    const targetsOf = async (one: ApiClient) =>
      (await one.get<JobsBody>('/jobs')).body.jobs.map((job) => [job.id, job.type, job[job.type as 'queue']]);
    expect(await targetsOf(await asTenant(other))).toEqual(await targetsOf(client));
    expect(await targetsOf(client)).toEqual(
      expect.arrayContaining(JOBS.map(([type, target]) => [`all-${type}`, type, target])),
    );
  });
});

describe('a stored job whose target was withdrawn', () => {
  it.each(JOBS)('fails without another attempt, and can be changed to a declared target (%s)', async (type, given) => {
    const tenant = freshTenant();
    const client = await asTenant(tenant);
    const job = { id: 'late', name: 'Late', type, retry: { attempts: 3 }, [type]: { ...given, payload: null } };
    expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
    const store = systemDb(system);
    onTestFinished(store.close);
    const stored = (await getJob(store.db, tenantId(tenant), 'late')) ?? expect.fail('the job is stored');
    const target = { ...stored.target, target: 'withdrawn' } as typeof stored.target;
    await replaceJob(store.db, { ...stored, version: stored.version + 1, target });

    const { body } = await client.post('/jobs/late/run');

    expect(body).toMatchObject({
      result: { status: 'error', stderr: expect.stringMatching(`^${type}.target: .*'withdrawn'`) },
    });
    expect((await client.get('/jobs/late')).body).toMatchObject({ job: { [type]: { target: 'withdrawn' } } });
    expect((await client.get('/jobs/late/runs')).body).toMatchObject({ runs: [{ status: 'error', attempt: 1 }] });
    expect(
      await client.put('/jobs/late', {
        ...job,
        id: undefined,
        [type]: { ...given, payload: null, target: 'withdrawn' },
      }),
    ).toMatchObject(invalid(expect.stringMatching(`^${type}.target: must be the name of a target`)));
    expect(await client.put('/jobs/late', { ...job, id: undefined })).toMatchObject({ status: 200 });
  });
});
