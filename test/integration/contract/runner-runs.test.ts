import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../../functions/api/runner/run-view.ts';
import { putLimits } from '../../../functions/core/store/limits.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { NULL_FIELDS } from '../../helpers/clients/runner.ts';
import type { ErrorBody, JobBody, ResultBody, RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

const MAX_CONCURRENT_RUNS = 2;
const MINUTE = 60_000;

let system: TestSystem;
let target: Awaited<ReturnType<typeof startHttpServer>>;

beforeAll(async () => {
  target = await startHttpServer((request, response) => {
    response.writeHead(request.url === '/down' ? 503 : 200).end(`you asked for ${request.url}`);
  });
  system = await shareTestSystem();
});
afterAll(async () => {
  await Promise.all([system.stop(), target.close()]);
});

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const RUN_ID = /^[A-Za-z0-9_.-]+$/;
const ASYNC = { prefer: 'respond-async' };
const runNotFound = { status: 404, body: { error: 'Run not found' } };

/** The contract's fields of a run, and the additional ones. */
const CONTRACT = [
  'id',
  'job_id',
  'started_at',
  'finished_at',
  'status',
  'exit_code',
  'stdout',
  'stderr',
  'duration_ms',
];
const BEYOND = [
  'execution_ms',
  'run_id',
  'scheduled_at',
  'run_at',
  'trigger',
  'attempt',
  'job_version',
  'reason',
  'created_at',
  'items_processed',
  'meta',
  'output_truncated',
  'acknowledged_at',
  'acknowledged_by',
  'acknowledged_note',
  'late_start_at',
  'late_finish_at',
  'payload',
  'args',
  'env',
  'input_omitted',
  'tags',
  'note',
  'priority',
  'expires_at',
  'redriven_from',
  'backfill_id',
  'parent_run_id',
  'execution',
  'error',
  'stdout_tail',
  'stderr_tail',
];

const job = (fields: object = {}) => ({ id: 'a-job', name: 'A job', script: 'echo', ...fields });
const sleeping = (fields: object = {}) => job({ script: 'sleep', args: ['120'], ...fields });

async function tenantWith(...jobs: readonly object[]): Promise<ApiClient> {
  const tenant = freshTenant();
  const { db, close } = systemDb(system);
  await putLimits(db, tenantId(tenant), { concurrentRuns: MAX_CONCURRENT_RUNS });
  close();
  const client = await system.as(tenant, ['ADMIN'], 'ana@acme.test');
  for (const fields of jobs) expect(await client.post('/jobs', fields)).toMatchObject({ status: 201 });
  return client;
}

const tenantOf = ({ token }: ApiClient): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())['custom:tenant'];

const runsOf = async (client: ApiClient, query = '', id = 'a-job') =>
  (await client.get<RunsBody>(`/jobs/${id}/runs${query}`)).body.runs;

/**
 * Starts a run without waiting for its end.
 *
 * @returns the run's id
 */
async function start(client: ApiClient, id = 'a-job'): Promise<string> {
  const { status, body } = await client.post<RunBody>(`/jobs/${id}/run`, undefined, ASYNC);
  expect(status).toBe(202);
  return body.run.run_id;
}

const untilStatus = (client: ApiClient, runId: string, status: string, id = 'a-job') =>
  waitUntil(async () => {
    const { body } = await client.get<RunBody>(`/jobs/${id}/runs/${runId}`);
    expect(body.run.status).toBe(status);
    return body.run;
  });

describe('the attempts of a run', () => {
  test('appear with times, reason and output for a single run, and in no list', async () => {
    const client = await tenantWith(job({ script: 'fail', args: ['3'], retry: { attempts: 2, delay_seconds: 0 } }));
    const { result } = (await client.post<ResultBody>('/jobs/a-job/run')).body;

    const { run } = (await client.get<RunBody>(`/jobs/a-job/runs/${result.run_id}`)).body;

    const failed = {
      status: 'error',
      exit_code: 3,
      reason: 'exit code 3',
      job_version: 1,
      stdout: '',
      stderr: 'failing with exit code 3, as asked',
      output_truncated: false,
      execution_ms: expect.any(Number),
      duration_ms: expect.any(Number),
      started_at: expect.stringMatching(TIME),
      finished_at: expect.stringMatching(TIME),
    };
    expect(run).toMatchObject({
      attempt: 2,
      attempts: [
        { ...failed, attempt: 1 },
        { ...failed, attempt: 2 },
      ],
    });
    const [first, second] = (run as RunBody['run'] & { readonly attempts: readonly RunView[] }).attempts;
    expect([first?.started_at, second?.finished_at]).toEqual([run.started_at, run.finished_at]);
    expect(String(second?.started_at) >= String(first?.finished_at)).toBe(true);
    expect(await runsOf(client)).toEqual([expect.not.objectContaining({ attempts: expect.anything() })]);
  });
});

describe('POST /jobs/:id/run', () => {
  test('waits for the run and returns its result', async () => {
    const client = await tenantWith(job({ args: ['Done'] }));

    const { status, body } = await client.post<ResultBody>('/jobs/a-job/run');

    expect(status).toBe(200);
    expect(body).toEqual({
      result: {
        status: 'ok',
        exit_code: 0,
        duration_ms: expect.any(Number),
        stdout: 'Done',
        stderr: '',
        run_id: expect.stringMatching(RUN_ID),
        reason: null,
        error: null,
        output_truncated: false,
      },
    });
  });

  test('returns 200 for a failed run, too', async () => {
    const client = await tenantWith(job({ script: '/opt/scripts/fail.js', args: ['3'] }));

    const { status, body } = await client.post<ResultBody>('/jobs/a-job/run', {});

    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      status: 'error',
      exit_code: 3,
      stdout: '',
      stderr: 'failing with exit code 3, as asked',
      reason: expect.stringContaining('exit code 3'),
      error: expect.stringContaining('exit code 3'),
    });
    const [run] = await runsOf(client);
    expect(run).toMatchObject({ error: body.result.error, stderr_tail: 'failing with exit code 3, as asked' });
  });

  test('returns 404 with the name of an unknown job', async () => {
    const client = await system.as(freshTenant());

    expect(await client.post<ResultBody>('/jobs/nonexistent/run')).toMatchObject({
      status: 404,
      body: { error: "Job 'nonexistent' not found" },
    });
  });

  test('returns 202 at once if the client prefers it', async () => {
    const client = await tenantWith(job());

    const { status, body, headers } = await client.post<RunBody>('/jobs/a-job/run', undefined, {
      prefer: 'handling=lenient, Respond-Async',
    });

    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe('respond-async');
    expect(body).toEqual({
      run: expect.objectContaining({
        id: 1,
        job_id: 'a-job',
        status: 'pending',
        trigger: 'manual',
        scheduled_at: null,
        run_at: null,
        started_at: null,
        attempt: 0,
      }),
    });
    expect(headers.get('location')).toBe(`/jobs/a-job/runs/${body.run.run_id}`);
    const there = await client.get<RunBody>(headers.get('location') ?? '');
    expect(there.body.run.run_id).toBe(body.run.run_id);
  });

  test('starts one run per idempotency key', async () => {
    const client = await tenantWith(job({ overlap_policy: 'allow' }), job({ id: 'another' }));
    const trigger = (key: string, id = 'a-job') =>
      client.post<ResultBody>(`/jobs/${id}/run`, undefined, { 'idempotency-key': key });

    const first = await trigger('key 1');
    const [again, twin] = await Promise.all([trigger('key 1'), trigger('key 1')]);
    const together = await Promise.all([trigger('key 2'), trigger('key 2'), trigger('key 2')]);
    const other = await trigger('key 1', 'another');

    expect(again.body).toEqual(first.body);
    expect(twin.body).toEqual(first.body);
    expect(new Set(together.map(({ body }) => body.result.run_id)).size).toBe(1);
    expect(other.body.result.run_id).not.toBe(first.body.result.run_id);
    expect(await runsOf(client)).toHaveLength(2);
  });

  test.each(['', ' ', 'x'.repeat(256), 'sch\u00f6n'])('refuses the idempotency key "%.10s"', async (key) => {
    const client = await tenantWith(job());

    const { status, body } = await client.post<ErrorBody>('/jobs/a-job/run', undefined, { 'idempotency-key': key });

    expect(status).toBe(400);
    expect(body.error).toMatch(/^idempotency-key: must be 1–255 printable ASCII characters/);
  });

  test('returns 409 if the job is disabled or running', async () => {
    const client = await tenantWith(job({ id: 'off', enabled: false }), sleeping());
    const runId = await start(client);

    expect(await client.post<ResultBody>('/jobs/off/run')).toMatchObject({
      status: 409,
      body: { error: "Job 'off' is disabled" },
    });
    expect(await client.post<ResultBody>('/jobs/a-job/run')).toMatchObject({
      status: 409,
      body: { error: "Job 'a-job' is running already (overlap policy skip)" },
    });

    await client.post(`/jobs/a-job/runs/${runId}/cancel`);
  });

  test('refuses unknown fields and parameters', async () => {
    const client = await tenantWith(job());

    expect(await client.post<ResultBody>('/jobs/a-job/run', { arg: 'x' })).toMatchObject({
      status: 400,
      body: {
        error:
          "body: unknown field 'arg'; known are payload, args, env, tags, note, priority, expires_in_s, run_at, delay_s",
      },
    });
    expect(await client.post('/jobs/a-job/run?wait=1')).toMatchObject({
      status: 400,
      body: { error: "query: unknown query parameter 'wait'; none is known here" },
    });
    expect(await runsOf(client)).toEqual([]);
  });
});

describe('GET /jobs/:id/runs', () => {
  test('returns the contract’s fields and more', async () => {
    const client = await tenantWith(job({ args: ['Synced 15 messages'] }));
    await client.post<ResultBody>('/jobs/a-job/run');

    const { status, body } = await client.get<RunsBody>('/jobs/a-job/runs?limit=10');

    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['runs']);
    expect(Object.keys(body.runs[0] ?? {})).toEqual([...CONTRACT, ...BEYOND]);
    expect(body.runs).toEqual([
      {
        id: 1,
        job_id: 'a-job',
        started_at: expect.stringMatching(TIME),
        finished_at: expect.stringMatching(TIME),
        status: 'ok',
        exit_code: 0,
        stdout: 'Synced 15 messages',
        stderr: '',
        duration_ms: expect.any(Number),
        execution_ms: expect.any(Number),
        run_id: expect.stringMatching(RUN_ID),
        scheduled_at: null,
        run_at: null,
        trigger: 'manual',
        attempt: 1,
        job_version: 1,
        reason: null,
        created_at: expect.stringMatching(TIME),
        items_processed: 0,
        meta: null,
        output_truncated: false,
        ...NULL_FIELDS,
        priority: 3,
        stdout_tail: 'Synced 15 messages',
        stderr_tail: '',
      },
    ]);
    const [run] = body.runs;
    const [created, started, finished] = [run?.created_at, run?.started_at, run?.finished_at].map((time) =>
      Date.parse(time ?? ''),
    );
    expect(started).toBeGreaterThanOrEqual(created ?? Number.NaN);
    expect(finished).toBeGreaterThanOrEqual(started ?? Number.NaN);
  });

  test('lists runs newest first, up to `limit`, before a run or a time', async () => {
    const client = await tenantWith(job());
    for (let i = 0; i < 2; i++) await client.post<ResultBody>('/jobs/a-job/run');
    const between = new Date(system.clock.now()).toISOString();
    for (let i = 0; i < 3; i++) await client.post<ResultBody>('/jobs/a-job/run');
    const ids = (runs: readonly { id: number }[]) => runs.map(({ id }) => id);

    const all = await runsOf(client);

    expect(ids(all)).toEqual([5, 4, 3, 2, 1]);
    expect(ids(await runsOf(client, '?limit=2'))).toEqual([5, 4]);
    expect(ids(await runsOf(client, `?limit=2&before=${all[1]?.run_id}`))).toEqual([3, 2]);
    expect(ids(await runsOf(client, `?before=${all[4]?.run_id}`))).toEqual([]);
    expect(ids(await runsOf(client, `?before=${between}`))).toEqual([2, 1]);
    expect(ids(await runsOf(client, '?before=2020-01-01T00:00:00Z'))).toEqual([]);
  });

  test('refuses invalid parameters', async () => {
    const client = await tenantWith(job(), job({ id: 'another' }));
    await client.post<ResultBody>('/jobs/another/run');
    const [other] = await runsOf(client, '', 'another');
    const refused = async (query: string) => {
      const { status, body } = await client.get(`/jobs/a-job/runs?${query}`);
      expect(status).toBe(400);
      return body.error as string;
    };

    for (const limit of ['0', '-1', '1001', '1.5', 'x', '']) {
      expect(await refused(`limit=${limit}`)).toBe(`limit: must be 1–1000, got '${limit}'`);
    }
    expect(await refused('limit=1&limit=2')).toBe("limit: must be 1–1000, got '1,2'");
    expect(await refused('status=failed')).toMatch(
      /^status: must be ok, error, timeout, canceled, skipped, running, pending/,
    );
    expect(await refused('Limit=1')).toBe("query: unknown query parameter 'Limit'; did you mean 'limit'?");
    for (const before of ['yesterday', '2026-03-02', other?.run_id]) {
      expect(await refused(`before=${before}`)).toBe(
        `before: must be the run_id of a run of this job or an ISO 8601 time, got '${before}'`,
      );
    }
    expect(await client.get<RunsBody>('/jobs/nonexistent/runs')).toMatchObject({
      status: 404,
      body: { error: 'Job not found' },
    });
  });
});

describe('a run of each outcome', () => {
  test('appears with its outcome and is found by it', async () => {
    const client = await tenantWith(
      job({ script: 'sleep', args: ['30'], timeout_ms: 1_000 }),
      job({ id: 'web', script: null, type: 'http', http: { url: `${target.url}/hello`, method: 'POST', body: 'x' } }),
      job({ id: 'down', script: null, type: 'http', http: { url: `${target.url}/down` } }),
    );

    const { body: timeout } = await client.post<ResultBody>('/jobs/a-job/run');
    await client.patch('/jobs/a-job', { script: 'fail', args: ['7'] });
    await client.post<ResultBody>('/jobs/a-job/run');
    await client.patch('/jobs/a-job', { script: 'echo', args: null });
    await client.post<ResultBody>('/jobs/a-job/run');
    await client.patch('/jobs/a-job', { script: 'sleep', args: ['60'], timeout_ms: null });
    const canceled = await start(client);
    await untilStatus(client, canceled, 'running');
    await client.post(`/jobs/a-job/runs/${canceled}/cancel`);

    expect(timeout.result).toMatchObject({
      status: 'timeout',
      exit_code: null,
      reason: expect.stringMatching(/1 ?s|1000/),
    });
    expect((await runsOf(client)).map(({ status }: { status: string }) => status)).toEqual([
      'canceled',
      'ok',
      'error',
      'timeout',
    ]);
    for (const [status, id] of Object.entries({ canceled: 4, ok: 3, error: 2, timeout: 1 })) {
      expect(await runsOf(client, `?status=${status}`)).toMatchObject([{ id, status }]);
    }
    expect(await runsOf(client, '?status=error,timeout')).toMatchObject([{ id: 2 }, { id: 1 }]);
    expect(await runsOf(client, '?status=running,pending,skipped')).toEqual([]);

    const { body: web } = await client.post<ResultBody>('/jobs/web/run');
    const { body: down } = await client.post<ResultBody>('/jobs/down/run');
    expect(web.result).toMatchObject({ status: 'ok', exit_code: null, stdout: 'you asked for /hello' });
    expect(down.result).toMatchObject({ status: 'error', exit_code: null, reason: expect.stringContaining('503') });
    expect(target.received[0]).toMatchObject({
      method: 'POST',
      body: 'x',
      headers: { 'webhook-signature': expect.stringMatching(/^v1,/) },
    });
  });

  test('appears as waiting at the tenant’s limit', async () => {
    const client = await tenantWith(...['one', 'two', 'three'].map((id) => sleeping({ id })));
    const [one, two] = [await start(client, 'one'), await start(client, 'two')];
    await Promise.all([untilStatus(client, one, 'running', 'one'), untilStatus(client, two, 'running', 'two')]);

    const three = await start(client, 'three');

    await waitUntil(async () => {
      const { body } = await client.get<RunBody>(`/jobs/three/runs/${three}`);
      expect(body.run).toMatchObject({ status: 'pending', reason: "waits for one of the tenant's other runs to end" });
      return true;
    });
    await client.post(`/jobs/one/runs/${one}/cancel`);
    await untilStatus(client, three, 'running', 'three');
    await Promise.all([client.delete('/jobs/two'), client.delete('/jobs/three')]);
  });

  test('has the time of its tick; a skipped tick has a row with its reason', async () => {
    const client = await tenantWith(job({ schedule: '* * * * *' }), sleeping({ id: 'busy' }));
    await waitUntil(
      async () => (await client.get<JobBody>('/jobs/a-job')).body.job.registration?.status === 'registered',
    );
    const busy = await start(client, 'busy');

    system.clock.advance(MINUTE);
    const ran = await waitUntil(async () => (await runsOf(client, '?status=ok'))[0]);
    const scheduledAt = await sendTick(client, busy);
    const skipped = await waitUntil(async () => (await runsOf(client, '?status=skipped', 'busy'))[0]);

    expect(ran).toMatchObject({ id: 1, trigger: 'schedule', scheduled_at: expect.stringMatching(/:00\.000Z$/) });
    expect(skipped).toEqual({
      id: 2,
      job_id: 'busy',
      started_at: null,
      finished_at: null,
      status: 'skipped',
      exit_code: null,
      stdout: '',
      stderr: '',
      duration_ms: null,
      execution_ms: null,
      run_id: expect.stringMatching(RUN_ID),
      scheduled_at: scheduledAt,
      run_at: null,
      trigger: 'schedule',
      attempt: 0,
      job_version: null,
      reason: 'overlap',
      created_at: expect.stringMatching(TIME),
      items_processed: 0,
      meta: null,
      output_truncated: false,
      ...NULL_FIELDS,
      stdout_tail: '',
      stderr_tail: '',
    });
    expect((await client.get<RunBody>(`/jobs/busy/runs/${skipped.run_id}`)).body).toEqual({
      run: { ...skipped, attempts: [] },
    });
    expect(await client.post(`/jobs/busy/runs/${skipped.run_id}/cancel`)).toMatchObject({
      status: 409,
      body: { error: 'Cannot cancel skipped run' },
    });
    await Promise.all([client.delete('/jobs/a-job'), client.delete('/jobs/busy')]);
  });

  /**
   * Sends the current tick of the run's job.
   *
   * @returns the scheduled time
   */
  async function sendTick(client: ApiClient, runId: string): Promise<string> {
    const [jobId, incarnation] = runId.split('.');
    const scheduledAt = new Date(Math.floor(system.clock.now() / MINUTE) * MINUTE).toISOString();
    const message = { v: 1, tenant: tenantOf(client), jobId, incarnation, scheduledAt };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sqs = new SQSClient({ endpoint: system.endpoints.sqs, region: 'us-east-1', credentials });
    await sqs.send(
      new SendMessageCommand({ QueueUrl: system.queueUrl('ticks'), MessageBody: JSON.stringify(message) }),
    );
    sqs.destroy();
    return scheduledAt;
  }
});

describe('GET /jobs/:id/runs/:run', () => {
  test('returns the whole output, of which the list shows the last lines', async () => {
    // 24 KB in lines of 100 characters; a run's row shows at most the last 16 KB.
    const part = (n: number) => Array.from({ length: 40 }, (_, i) => `${n}.${i} `.padEnd(99, '-')).join('\n');
    const args = [0, 1, 2, 3, 4, 5].map(part);
    const client = await tenantWith(job({ args }));

    const { body } = await client.post<ResultBody>('/jobs/a-job/run');
    const { body: answer } = await client.get<RunBody>(`/jobs/a-job/runs/${body.result.run_id}`);
    const [listed] = await runsOf(client);

    expect(Object.keys(answer)).toEqual(['run']);
    expect(answer.run.stdout.trimEnd()).toBe(args.join(' '));
    expect(answer.run.output_truncated).toBe(false);
    expect(listed?.output_truncated).toBe(true);
    expect(listed?.stdout.length).toBeLessThan(20_000);
    expect(args.join(' ').endsWith(listed?.stdout ?? 'nothing')).toBe(true);
    expect(body.result).toMatchObject({ stdout: listed?.stdout, output_truncated: true });
  });

  test('returns the output of a running script so far, or only what is new', async () => {
    const client = await tenantWith(sleeping({ args: ['8'] }));
    const runId = await start(client);
    const read = async (query = '') => {
      const { status, body } = await client.get<RunBody>(`/jobs/a-job/runs/${runId}${query}`);
      expect(status).toBe(200);
      return body.run as RunBody['run'] & { readonly output_after: string | null; readonly output_next: string };
    };

    const live = await waitUntil(async () => {
      const run = await read();
      expect(run).toMatchObject({ status: 'running', stdout: 'sleeping for 8 s\n' });
      return run;
    });
    const again = await read(`?output_after=${live.output_next}`);
    const [listed] = await runsOf(client);
    await untilStatus(client, runId, 'ok');
    const [rest, whole] = [await read(`?output_after=${live.output_next}`), await read()];

    expect(live.output_after).toBeNull();
    expect(again).toMatchObject({ stdout: '', output_after: live.output_next, output_next: live.output_next });
    // A list shows the output of ended runs only.
    expect(listed).toMatchObject({ status: 'running', stdout: '' });
    expect(whole).toMatchObject({ stdout: 'sleeping for 8 s\nawake', output_after: null, output_truncated: false });
    expect(live.stdout + rest.stdout).toBe(whole.stdout);
  });

  test('returns output from a given position', async () => {
    const client = await tenantWith(job({ args: ['done'] }));
    const { body } = await client.post<ResultBody>('/jobs/a-job/run');
    const at = (place: string) => client.get<RunBody>(`/jobs/a-job/runs/${body.result.run_id}?output_after=${place}`);

    for (const place of ['1', 'a.b.c', '1.-1.0', '1.2.3.4']) {
      expect(await at(place)).toMatchObject({
        status: 400,
        body: { error: `output_after: must be the \`output_next\` of an earlier response, got "${place}"` },
      });
    }
    // Within the output, after its end, and in an attempt that does not exist.
    expect((await at('1.2.0')).body.run).toMatchObject({ stdout: 'ne', output_after: '1.2.0' });
    expect((await at('1.999.999')).body.run).toMatchObject({ stdout: '', output_after: '1.999.999' });
    expect((await at('7.1.1')).body.run).toMatchObject({ stdout: 'done', output_after: null });
  });

  test('finds only runs of the job', async () => {
    const client = await tenantWith(job(), job({ id: 'another' }));
    const { body } = await client.post<ResultBody>('/jobs/another/run');
    const { run_id } = body.result;

    expect((await client.get<RunBody>(`/jobs/another/runs/${run_id}`)).status).toBe(200);
    const changed = run_id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'));
    for (const path of [
      `/jobs/a-job/runs/${run_id}`,
      `/jobs/nonexistent/runs/${run_id}`,
      `/jobs/another/runs/${changed}`,
      `/jobs/another/runs/${run_id.replace(/\.[a-z0-9]+\./, '.abcdef12.')}`,
      '/jobs/another/runs/1',
      '/jobs/another/runs/a%20b',
    ]) {
      expect(await client.get(path)).toMatchObject(runNotFound);
      expect(await client.post(`${path}/cancel`)).toMatchObject(runNotFound);
    }
  });
});

describe('GET /jobs/:id/versions/:version', () => {
  test('returns the definition that a run started with, however often it was changed later', async () => {
    const client = await tenantWith(job({ args: ['one'], env: { TOKEN: '{{secret:token}}' } }));
    await client.put('/v1/secrets/token', { value: 'hunter2' });
    const first = await client.post<ResultBody>('/jobs/a-job/run');
    expect((await client.patch('/jobs/a-job', { args: ['two'], timeout_ms: 5_000 })).status).toBe(200);
    const second = await client.post<ResultBody>('/jobs/a-job/run');
    const of = async (result: { readonly run_id: string }) => {
      const { body } = await client.get<RunBody>(`/jobs/a-job/runs/${result.run_id}`);
      return client.get(`/jobs/a-job/versions/${body.run.job_version}`);
    };

    expect(await of(first.body.result)).toMatchObject({
      status: 200,
      body: {
        version: 1,
        current: false,
        definition: { id: 'a-job', script: 'echo', args: ['one'], env: { TOKEN: '{{secret:token}}' }, flow: null },
        updated_at: expect.stringMatching(TIME),
      },
    });
    expect((await of(second.body.result)).body).toMatchObject({
      version: 2,
      current: true,
      definition: { args: ['two'], timeout_ms: 5_000 },
    });
    const { body } = await client.get<JobBody>('/jobs/a-job');
    const { id, next_run, paused, paused_until, created_at, updated_at, registration, ...now } = body.job;
    expect((await of(second.body.result)).body).toMatchObject({ definition: now, updated_at });
  });

  test('returns 404 for an unknown version and for another job', async () => {
    const client = await tenantWith(job());
    const otherTenant = await tenantWith(job());
    await otherTenant.patch('/jobs/a-job', { args: ['changed'] });
    const error = 'Job version not found';

    for (const version of ['0', '2', '-1', 'x', '01', '99999999999']) {
      expect(await client.get(`/jobs/a-job/versions/${version}`)).toMatchObject({ status: 404, body: { error } });
    }
    expect(await client.get('/jobs/none/versions/1')).toMatchObject({ status: 404, body: { error: 'Job not found' } });
    await client.patch('/jobs/a-job', { args: ['changed'] });
    await client.delete('/jobs/a-job');
    await client.post('/jobs', job());
    await client.patch('/jobs/a-job', { name: 'Changed' });
    // Version 1 belongs to the new job, not to the deleted one.
    expect((await client.get('/jobs/a-job/versions/1')).body).toMatchObject({ definition: { name: 'A job' } });
    expect((await client.get('/jobs/a-job/versions/3')).status).toBe(404);
  });
});

describe('POST /jobs/:id/runs/:run/cancel', () => {
  test('ends a running run and records who canceled it', async () => {
    const client = await tenantWith(sleeping());
    const runId = await start(client);
    await untilStatus(client, runId, 'running');

    const { status, body } = await client.post(`/jobs/a-job/runs/${runId}/cancel`);

    expect(status).toBe(200);
    expect(body).toEqual({
      ok: true,
      run: expect.objectContaining({
        run_id: runId,
        status: 'canceled',
        reason: 'canceled by ana@acme.test',
        finished_at: expect.stringMatching(TIME),
      }),
    });
  });

  test('removes a waiting run from its queue', async () => {
    const client = await tenantWith(sleeping({ overlap_policy: 'queue' }));
    const [first, second] = [await start(client), await start(client)];

    const answer = await client.post(`/jobs/a-job/runs/${second}/cancel`);

    expect(answer).toMatchObject({
      status: 200,
      body: { ok: true, run: { status: 'canceled', started_at: null, attempt: 0 } },
    });
    expect((await client.post(`/jobs/a-job/runs/${first}/cancel`)).status).toBe(200);
  });

  test('returns 409 for an ended run', async () => {
    const client = await tenantWith(job());
    const { body } = await client.post<ResultBody>('/jobs/a-job/run');

    expect(await client.post(`/jobs/a-job/runs/${body.result.run_id}/cancel`)).toMatchObject({
      status: 409,
      body: { error: 'Cannot cancel completed run' },
    });
  });
});
