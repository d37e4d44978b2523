import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type {
  JobBody,
  JobsBody,
  ResultBody,
  RunBody,
  RunsBody,
  VersionBody,
} from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const nowhere = { status: 404, body: { error: 'Job not found' } };

/** The job of the contract's examples, with a script of this build. */
const syncEmail = {
  id: 'sync-email',
  name: 'Sync Email Metadata',
  schedule: '3 * * * *',
  script: '/opt/scripts/echo.js',
  type: 'script',
  enabled: 1,
  timeout_ms: 120_000,
  overlap_policy: 'skip',
  on_failure: 'C0123456789',
  on_success: null,
};

/** The defaults of fields beyond the contract. */
const beyond = {
  args: [],
  env: {},
  http: null,
  flow: null,
  lambda: null,
  event: null,
  queue: null,
  container: null,
  stateMachine: null,
  description: null,
  timezone: 'UTC',
  schedules: null,
  exclude_calendars: [],
  require_calendars: [],
  start_at: null,
  end_at: null,
  jitter_seconds: 0,
  catch_up: 'none',
  catch_up_window_s: 86_400,
  catch_up_limit: 100,
  concurrency: null,
  throttle: null,
  after: null,
  on_late: null,
  searchable: [],
  start_grace_s: 300,
  finish_grace_s: 3_600,
  integration_id: null,
  tags: [],
  labels: {},
  retry: { attempts: 1, backoff: 'exponential', delay_seconds: 10, max_delay_seconds: 3_600 },
  priority: 3,
  expires_in_s: null,
};

async function tenantWith(...jobs: readonly object[]): Promise<ApiClient> {
  const client = await system.as(freshTenant());
  for (const job of jobs) expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
  return client;
}

/** A flow with all of its fields, as it is returned. */
const flow = {
  pageSize: 2,
  parallelism: 1,
  onError: 'continue',
  checkpoints: { everySeconds: 60, keep: 5 },
  sources: [{ id: 'source_1', name: 'inline', type: 'inline', records: [{ n: 1 }, { n: 2 }, { n: 3 }] }],
  transforms: [{ id: 'filter_1', name: 'filter', type: 'filter', where: 'n > 1' }],
  sinks: [{ id: 'sink_1', name: 'preview', type: 'preview' }],
};

describe('GET /status', () => {
  test('returns the response of GET /health without a token', async () => {
    const { status, body } = await system.anonymous().get('/status');

    expect(status).toBe(200);
    expect(body).toEqual({ ok: true, uptime: expect.any(Number), failedRegistrations: 0 });
  });
});

describe('GET /health', () => {
  test('returns exactly the contract’s fields without authentication', async () => {
    const { status, body } = await system.anonymous().get('/health');

    expect(status).toBe(200);
    expect(body).toEqual({ ok: true, uptime: expect.any(Number), failedRegistrations: expect.any(Number) });
    expect(body.uptime).toBeGreaterThan(0);
  });
});

describe('POST /jobs', () => {
  test('defines a job', async () => {
    const client = await system.as(freshTenant());

    const { status, body, headers } = await client.post('/jobs', syncEmail);

    expect(status).toBe(201);
    expect(body).toEqual({ ok: true, id: 'sync-email' });
    expect(headers.get('location')).toBe('/jobs/sync-email');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('returns 409 for an existing id', async () => {
    const client = await tenantWith(syncEmail);

    expect(await client.post('/jobs', { ...syncEmail, name: 'Another' })).toMatchObject({
      status: 409,
      body: { error: "Job 'sync-email' exists already" },
    });
    expect((await client.get<JobBody>('/jobs/sync-email')).body.job.name).toBe('Sync Email Metadata');
  });

  test('accepts one of many concurrent definitions of an id', async () => {
    const client = await system.as(freshTenant());

    const answers = await Promise.all(Array.from({ length: 6 }, () => client.post('/jobs', syncEmail)));

    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test('refuses an invalid job with the field’s name', async () => {
    const client = await system.as(freshTenant());
    const refused = async (changes: object) => {
      const { status, body } = await client.post('/jobs', { ...syncEmail, ...changes });
      expect(status).toBe(400);
      return body.error as string;
    };

    expect(await refused({ timeout_ms: 5 })).toBe('timeout_ms: must be 1000–840000, got 5');
    expect(await refused({ schedule: '75 * * * *' })).toMatch(/^schedule: minute must be 0–59, got 75/);
    expect(await refused({ schedule: '30 0 3 * * *' })).toMatch(/^schedule: /);
    expect(await refused({ script: '/opt/scripts/nope.js' })).toMatch(
      /^script: there is no script 'nope'; known are .*echo/,
    );
    expect(await refused({ timeoutMs: 1_000 })).toBe("body: unknown field 'timeoutMs'; did you mean 'timeout_ms'?");
    expect((await client.get<JobsBody>('/jobs')).body).toEqual({ jobs: [] });
  });

  test('refuses a body that is not a JSON object, and one over 256 KB', async () => {
    const client = await system.as(freshTenant());

    expect(await client.post('/jobs', '{"id":')).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^body: must be JSON/) },
    });
    expect(await client.post('/jobs', '[]')).toMatchObject({
      status: 400,
      body: { error: 'body: must be a JSON object' },
    });
    expect(await client.post('/jobs', '{}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      body: { error: 'content-type: must be application/json, got text/plain' },
    });
    expect(await client.post('/jobs', { ...syncEmail, description: 'x'.repeat(256 * 1_024) })).toMatchObject({
      status: 413,
      body: { error: expect.stringMatching(/^body: must have at most 256 KB/) },
    });
  });
});

describe('GET /jobs/:id', () => {
  test('returns the contract’s fields and more', async () => {
    const client = await tenantWith(syncEmail);

    const { status, body } = await client.get<JobBody>('/jobs/sync-email');

    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['job']);
    expect(body.job).toEqual({
      ...syncEmail,
      ...beyond,
      next_run: expect.stringMatching(/:03:00\.000Z$/),
      paused: false,
      paused_until: null,
      created_at: expect.stringMatching(TIME),
      updated_at: expect.stringMatching(TIME),
      registration: body.job.registration,
    });
  });

  test('returns the state of the schedule’s registration', async () => {
    const client = await tenantWith(syncEmail, { id: 'by-hand', name: 'By hand', script: 'echo' });
    const registration = async (id: string) => (await client.get<JobBody>(`/jobs/${id}`)).body.job.registration;

    await waitUntil(async () =>
      expect(await registration('sync-email')).toEqual({ status: 'registered', error: null }),
    );
    await waitUntil(async () => expect(await registration('by-hand')).toEqual({ status: 'none', error: null }));
  });

  test('returns 404 for an unknown job', async () => {
    const client = await tenantWith(syncEmail);

    for (const id of ['nonexistent', 'sync-email2', 'a%23b', 'x'.repeat(65), 'sync%20email']) {
      expect(await client.get<JobBody>(`/jobs/${id}`)).toMatchObject(nowhere);
    }
  });
});

describe('GET /jobs', () => {
  test('lists every job by id, with its last run', async () => {
    const client = await tenantWith(
      syncEmail,
      { id: 'a-failure', name: 'Fails', script: 'fail' },
      { id: 'A-new-one', name: 'New', type: 'http', http: { url: 'https://api.test/' } },
    );
    await client.post<ResultBody>('/jobs/sync-email/run');
    await client.post<ResultBody>('/jobs/a-failure/run');

    const { status, body } = await client.get<JobsBody>('/jobs');

    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['jobs']);
    expect(body.jobs.map(({ id }: { id: string }) => id)).toEqual(['A-new-one', 'a-failure', 'sync-email']);
    const [unrun, failure, email] = body.jobs;
    expect(email).toMatchObject({ ...syncEmail, last_status: 'ok', last_run: expect.stringMatching(TIME) });
    expect(failure).toMatchObject({ last_status: 'error', last_run: expect.stringMatching(TIME), schedule: null });
    expect(unrun).toMatchObject({ last_status: null, last_run: null, script: null, type: 'http' });
    const [run] = (await client.get<RunsBody>('/jobs/sync-email/runs')).body.runs;
    expect(email?.last_run).toBe(run?.started_at);
  });

  test('shows a run that has not ended', async () => {
    const client = await tenantWith({ id: 'long', name: 'Long', script: 'sleep', args: ['60'] });
    const { body } = await client.post<RunBody>('/jobs/long/run', undefined, { prefer: 'respond-async' });

    const running = await waitUntil(async () => {
      const [job] = (await client.get<JobsBody>('/jobs')).body.jobs;
      return job?.last_status === 'running' && job;
    });

    expect(running.last_run).toMatch(TIME);
    await client.post(`/jobs/long/runs/${body.run.run_id}/cancel`);
    expect((await client.get<JobsBody>('/jobs')).body.jobs[0]).toMatchObject({ last_status: 'canceled' });
  });

  test('selects the jobs that have all given labels', async () => {
    const labels = { project: 'nightly, weekly', team: 'a=b' };
    const client = await tenantWith(
      { ...syncEmail, id: 'both', labels },
      { ...syncEmail, id: 'one', labels: { ...labels, team: 'a' } },
      { ...syncEmail, id: 'none' },
    );
    const ids = async (...selectors: readonly string[]) => {
      const query = selectors.map((selector) => `label=${encodeURIComponent(selector)}`).join('&');
      return (await client.get<JobsBody>(`/jobs?${query}`)).body.jobs.map(({ id }) => id);
    };

    expect(await ids()).toEqual(['both', 'none', 'one']);
    expect(await ids('project=nightly, weekly')).toEqual(['both', 'one']);
    expect(await ids('project=nightly, weekly', 'team=a=b')).toEqual(['both']);
    expect(await ids('project=nightly', 'team=a=b')).toEqual([]);
    expect(await ids('constructor=')).toEqual([]);
    expect(await client.get('/jobs?label=project')).toMatchObject({
      status: 400,
      body: { error: "label[0]: must be name=value with a name of 1–64 of A–Z a–z 0–9 _ . / -, got 'project'" },
    });
  });

  test('refuses unknown parameters', async () => {
    const client = await system.as(freshTenant());

    expect(await client.get<JobsBody>('/jobs?limit=3')).toMatchObject({
      status: 400,
      body: { error: "query: unknown query parameter 'limit'; known are label" },
    });
  });
});

describe('the labels of a job', () => {
  test('remain with a change of other fields, and are replaced as a whole', async () => {
    const client = await tenantWith({ ...syncEmail, labels: { project: 'a', team: '' } });
    const labels = async () => (await client.get<JobBody>('/jobs/sync-email')).body.job.labels;
    expect(await labels()).toEqual({ project: 'a', team: '' });

    await client.patch('/jobs/sync-email', { name: 'Renamed' });
    expect(await labels()).toEqual({ project: 'a', team: '' });
    await client.patch('/jobs/sync-email', { labels: { project: 'b' } });
    expect(await labels()).toEqual({ project: 'b' });
    await client.patch('/jobs/sync-email', { labels: null });
    expect(await labels()).toEqual({});

    const definition = async (version: number) =>
      (await client.get<VersionBody>(`/jobs/sync-email/versions/${version}`)).body.definition.labels;
    expect([await definition(1), await definition(3)]).toEqual([{ project: 'a', team: '' }, { project: 'b' }]);
  });

  test('appear on every surface that shows definitions', async () => {
    const labels = { project: 'a' };
    const client = await tenantWith({ id: 'stream', name: 'Stream', flow, labels });

    expect((await client.get<JobsBody>('/jobs')).body.jobs).toMatchObject([{ labels }]);
    expect((await client.get('/v1/flows/stream')).body).toMatchObject({ labels });
    expect((await client.get('/v1/flows')).body).toMatchObject([{ labels }]);
    expect((await client.get('/api/v1/pipelines/stream')).body).toMatchObject({ labels });
    expect((await client.get('/api/v1/pipelines')).body).toMatchObject({ data: [{ labels }] });
  });
});

describe('PATCH /jobs/:id', () => {
  test('changes the given fields, resets null ones and keeps the rest', async () => {
    const client = await tenantWith({ ...syncEmail, description: 'Old', tags: ['mail'], args: ['x'] });
    const before = (await client.get<JobBody>('/jobs/sync-email')).body.job;

    const answer = await client.patch('/jobs/sync-email', {
      name: 'New',
      timeout_ms: null,
      tags: null,
      schedule: '*/5 * * * *',
    });

    expect(answer).toMatchObject({ status: 200, body: { ok: true } });
    const after = (await client.get<JobBody>('/jobs/sync-email')).body.job;
    expect(after).toMatchObject({ name: 'New', timeout_ms: 300_000, tags: [], schedule: '*/5 * * * *' });
    expect(after).toMatchObject({
      description: 'Old',
      args: ['x'],
      on_failure: 'C0123456789',
      created_at: before.created_at,
    });
    expect(after.updated_at > before.updated_at).toBe(true);
  });

  test('converts a script job to an http job and back', async () => {
    const client = await tenantWith({ ...syncEmail, args: ['x'] });
    const http = { url: 'https://api.test/', method: 'POST', headers: { accept: 'text/plain' }, body: '{}' };

    expect((await client.patch('/jobs/sync-email', { type: 'http', http })).status).toBe(200);
    expect((await client.get<JobBody>('/jobs/sync-email')).body.job).toMatchObject({
      type: 'http',
      http,
      script: null,
      args: null,
      env: null,
    });
    expect((await client.patch('/jobs/sync-email', { type: 'script', script: 'echo' })).status).toBe(200);
    expect((await client.get<JobBody>('/jobs/sync-email')).body.job).toMatchObject({
      type: 'script',
      http: null,
      script: 'echo',
      args: [],
    });
  });

  test('converts a script job to a flow with the limits of one, and back', async () => {
    const client = await tenantWith(syncEmail);
    const change = (body: object) => client.patch('/jobs/sync-email', body);
    const shown = async () => (await client.get<JobBody>('/jobs/sync-email')).body.job;

    expect(await change({ type: 'flow', flow })).toMatchObject({ status: 200 });
    expect(await shown()).toMatchObject({ type: 'flow', flow, script: null, args: null, env: null, timeout_ms: null });
    expect(await change({ script: 'echo' })).toMatchObject({
      status: 400,
      body: { error: "script: must be absent: the job's type is flow" },
    });
    expect(await change({ type: 'script', script: 'echo' })).toMatchObject({ status: 200 });
    expect(await shown()).toMatchObject({ type: 'script', flow: null, timeout_ms: 300_000, retry: beyond.retry });
  });

  test('refuses an invalid result, a new id and an unknown job', async () => {
    const client = await tenantWith(syncEmail);
    const patch = (body: object, id = 'sync-email') => client.patch(`/jobs/${id}`, body);

    expect(await patch({ timeout_ms: 1 })).toMatchObject({
      status: 400,
      body: { error: 'timeout_ms: must be 1000–840000, got 1' },
    });
    expect(await patch({ name: null })).toMatchObject({
      status: 400,
      body: { error: 'name: must be text of 1–200 characters, got null' },
    });
    expect(await patch({ id: 'other' })).toMatchObject({
      status: 400,
      body: { error: "id: cannot be changed (it is 'sync-email')" },
    });
    expect(await patch({ http: { url: 'https://api.test/' } })).toMatchObject({ status: 400 });
    expect(await patch({ name: 'x' }, 'nonexistent')).toMatchObject(nowhere);
  });

  test('loses no concurrent change', async () => {
    const client = await tenantWith(syncEmail);
    const changes = [{ name: 'New' }, { description: 'New' }, { tags: ['new'] }, { jitter_seconds: 7 }];

    const answers = await Promise.all(changes.map((change) => client.patch('/jobs/sync-email', change)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await client.get<JobBody>('/jobs/sync-email')).body.job).toMatchObject(Object.assign({}, ...changes));
  });
});

describe('a flow', () => {
  const body = { id: 'orders', name: 'Orders', type: 'flow', flow };

  test('has a definition like any other job', async () => {
    const client = await tenantWith({ ...body, schedule: '@hourly' });

    const { job } = (await client.get<JobBody>('/jobs/orders')).body;
    const [listed] = (await client.get<JobsBody>('/jobs')).body.jobs;

    const retry = { attempts: 20, backoff: 'exponential', delay_seconds: 1, max_delay_seconds: 300 };
    expect(job).toMatchObject({ ...body, script: null, args: null, env: null, http: null, timeout_ms: null, retry });
    expect(job.next_run).toMatch(/:00:00\.000Z$/);
    expect(listed).toMatchObject({ ...body, last_status: null, last_run: null });
  });

  test('does not change with the returned definition as a change', async () => {
    const client = await tenantWith(body);
    const { job } = (await client.get<JobBody>('/jobs/orders')).body;
    const { registration, ...shown } = job;

    expect(await client.patch('/jobs/orders', job)).toMatchObject({ status: 200, body: { ok: true } });

    expect((await client.get<JobBody>('/jobs/orders')).body.job).toMatchObject(shown);
  });

  test('fails with the name of the invalid field', async () => {
    const client = await system.as(freshTenant());
    const sources = [{ type: 'http', url: 'https://api.test/', paging: { type: 'page', param: '' } }];

    expect(await client.post('/jobs', { ...body, flow: { ...flow, sources } })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^flow\.sources\[0\]\.paging\.param: must be 1–64 printable/) },
    });
  });

  test('runs to its end while the request waits', async () => {
    const client = await tenantWith(body);

    const { status, body: answer } = await client.post<ResultBody>('/jobs/orders/run');

    expect(status).toBe(200);
    expect(answer.result).toMatchObject({ status: 'ok', exit_code: null, reason: null });
    expect((await client.get<JobsBody>('/jobs')).body.jobs[0]).toMatchObject({ last_status: 'ok' });
  });
});

describe.each(['POST', 'PATCH'])('%s /jobs/:id/enable and /disable', (method) => {
  test('enable and disable a job repeatedly', async () => {
    const client = await tenantWith(syncEmail);
    const turn = async (way: string) => client.request(method, `/jobs/sync-email/${way}`);
    const shown = async () => (await client.get<JobBody>('/jobs/sync-email')).body.job;

    for (const way of ['disable', 'disable'])
      expect(await turn(way)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await shown()).toMatchObject({ enabled: 0, next_run: null });
    const { updated_at } = await shown();
    await turn('disable');
    expect((await shown()).updated_at).toBe(updated_at);
    for (const way of ['enable', 'enable']) expect(await turn(way)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await shown()).toMatchObject({ enabled: 1, next_run: expect.stringMatching(TIME) });
  });

  test('return 404 for an unknown job', async () => {
    const client = await system.as(freshTenant());

    expect(await client.request(method, '/jobs/nonexistent/enable')).toMatchObject(nowhere);
    expect(await client.request(method, '/jobs/nonexistent/disable')).toMatchObject(nowhere);
  });
});

describe('DELETE /jobs/:id', () => {
  test('removes the job and its history from every response and ends running runs', async () => {
    const client = await tenantWith({
      id: 'long',
      name: 'Long',
      script: 'sleep',
      args: ['60'],
      overlap_policy: 'queue',
    });
    const prefer = { prefer: 'respond-async' };
    const { body } = await client.post<RunBody>('/jobs/long/run', undefined, prefer);
    await client.post<RunBody>('/jobs/long/run', undefined, prefer);
    const { run_id } = body.run;
    await waitUntil(async () => (await client.get<RunBody>(`/jobs/long/runs/${run_id}`)).body.run.status === 'running');

    expect(await client.delete('/jobs/long')).toMatchObject({ status: 200, body: { ok: true } });

    expect(await client.get<JobBody>('/jobs/long')).toMatchObject(nowhere);
    expect(await client.get<RunsBody>('/jobs/long/runs')).toMatchObject(nowhere);
    expect(await client.get<RunBody>(`/jobs/long/runs/${run_id}`)).toMatchObject({
      status: 404,
      body: { error: 'Run not found' },
    });
    expect(await client.post(`/jobs/long/runs/${run_id}/cancel`)).toMatchObject({
      status: 404,
      body: { error: 'Run not found' },
    });
    expect(await client.delete('/jobs/long')).toMatchObject(nowhere);
    expect((await client.get<JobsBody>('/jobs')).body).toEqual({ jobs: [] });

    // A new definition starts without history.
    await client.post('/jobs', { id: 'long', name: 'Again', script: 'echo' });
    expect((await client.get<RunsBody>('/jobs/long/runs')).body).toEqual({ runs: [] });
    expect(await client.get<RunBody>(`/jobs/long/runs/${run_id}`)).toMatchObject({ status: 404 });
    const { body: rerun } = await client.post<ResultBody>('/jobs/long/run');
    expect(rerun.result.status).toBe('ok');
    expect((await client.get<RunsBody>('/jobs/long/runs')).body.runs).toMatchObject([{ id: 1, status: 'ok' }]);
  });
});

describe('GET /signing-secret', () => {
  test('returns the same secret on every request of a tenant', async () => {
    const [client, other] = [await system.as(freshTenant()), await system.as(freshTenant())];

    const [first, again, others] = [
      await client.get('/signing-secret'),
      await client.get('/signing-secret'),
      await other.get('/signing-secret'),
    ];

    expect(first.status).toBe(200);
    expect(first.body).toEqual({ secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/) });
    expect(again.body).toEqual(first.body);
    expect(others.body.secret).not.toBe(first.body.secret);
  });
});
