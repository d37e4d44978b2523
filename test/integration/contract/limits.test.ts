import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LimitsView } from '../../../functions/api/administration/limits.ts';
import { ROLES } from '../../../functions/core/domain/access.ts';
import { putLimits } from '../../../functions/core/store/limits.ts';
import { listWaitingTasks } from '../../../functions/core/store/task-slots.ts';
import type { ApiResponse } from '../../helpers/clients/api.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { type HoldingServer, startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

/** Limits of a tenant: returned, changed, and enforced on every surface in its own format. */

type LimitsBody = LimitsView;
interface AdminBody {
  readonly success: boolean;
  readonly data: LimitsBody;
}

const ADMIN = '/api/v1/admin/limits';
const MINUTE = 60_000;

let system: TestSystem;
let switchboard: HoldingServer;

beforeAll(async () => {
  [system, switchboard] = await Promise.all([shareTestSystem(), startHoldingServer()]);
});
afterAll(async () => {
  await system?.stop();
  await switchboard?.stop();
});

async function given(limits: object = {}) {
  const tenant = freshTenant('limited');
  const { db, close } = systemDb(system);
  await putLimits(db, tenantId(tenant), limits);
  close();
  const api = await system.as(tenant);
  const limitsOf = async () => (await api.get<LimitsBody>('/limits')).body;
  return { tenant, api, runner: runnerClient(api), limitsOf };
}

const aFlow = (id: string) => ({
  id,
  name: id,
  flow: {
    sources: [{ id: 'in', type: 'inline', records: [{ n: 1 }] }],
    sinks: [{ id: 'out', type: 'preview' }],
  },
});
const anHttpJob = (id: string, more: object = {}) => ({ id, name: id, http: { url: 'https://example.com/' }, ...more });

describe('GET /limits', () => {
  test('returns limits and usage', async () => {
    const { runner, limitsOf } = await given({ jobs: 7 });
    await runner.define({ id: 'echo', script: 'echo', args: ['x'.repeat(1_000)] });
    await runner.trigger('echo');

    await waitForAssertion(async () =>
      expect(await limitsOf()).toEqual({
        limits: {
          concurrentRuns: 10,
          concurrentTasks: 20,
          retentionDays: 30,
          jobs: 7,
          minIntervalSeconds: 60,
          storedBytes: 10_000_000_000,
          computeSecondsPerMonth: null,
          delayedRuns: 1_000,
          requestsPerSecond: 1_000,
          requestBurst: 2_000,
          hostRequestsPerSecond: 1_000,
        },
        own: ['jobs'],
        used: { jobs: 1, concurrentRuns: 0, storedBytes: 1_000, computeSecondsPerMonth: expect.any(Number) },
        queue: { pendingRuns: 0, oldestPendingSeconds: null, lateStarts: 0, lateFinishes: 0 },
      }),
    );
  });

  test.each(ROLES)('allows %s', async (role) => {
    const client = await system.as(freshTenant(), [role]);

    expect(await client.get('/limits')).toMatchObject({ status: 200, body: { own: [] } });
  });

  test("returns the age of the tenant's oldest waiting run", async () => {
    const { tenant, runner, limitsOf } = await given({ concurrentRuns: 1 });
    const http = { url: `${switchboard.url}/${tenant}` };
    await runner.define({ id: 'held', type: 'http', http, overlap_policy: 'allow' });
    for (let i = 0; i < 3; i++) await runner.start('held');

    await waitForAssertion(async () =>
      expect(await limitsOf()).toMatchObject({
        used: { concurrentRuns: 1 },
        queue: { pendingRuns: 2, oldestPendingSeconds: expect.any(Number) },
      }),
    );
  });
});

describe(`PUT ${ADMIN}`, () => {
  const as = (tenant: string) => ({ 'x-tenantid': tenant });

  test('sets, resets and returns the limits of the named tenant', async () => {
    const { tenant, limitsOf } = await given();
    const root = await system.as(freshTenant('root'), ['super_admin']);

    const set = await root.request<AdminBody>('PUT', ADMIN, { jobs: 2, requestBurst: 50 }, as(tenant));
    expect(set).toMatchObject({ status: 200, body: { success: true, data: { own: ['jobs', 'requestBurst'] } } });
    expect(set.body).toMatchObject({ message: 'Limits updated successfully' });
    expect(await limitsOf()).toMatchObject({ limits: { jobs: 2, requestBurst: 50, concurrentRuns: 10 } });

    expect(await root.request('PUT', ADMIN, {}, as(tenant))).toMatchObject({ status: 200 });
    const back = await root.request<AdminBody>('PUT', ADMIN, { jobs: null }, as(tenant));
    expect(back.body.data).toMatchObject({ limits: { jobs: 1_000, requestBurst: 50 }, own: ['requestBurst'] });
    expect((await root.get<AdminBody>(ADMIN, as(tenant))).body.data).toEqual(back.body.data);
  });

  test.each(ROLES.filter((role) => role !== 'super_admin'))('refuses %s', async (role) => {
    const tenant = freshTenant();
    const client = await system.as(tenant, [role]);

    for (const method of ['GET', 'PUT']) {
      const body = method === 'PUT' ? { jobs: 9 } : undefined;
      expect(await client.request(method, ADMIN, body, as(tenant))).toMatchObject({
        status: 403,
        body: { success: false, message: `Needs one of the roles super_admin; the token has ${role}` },
      });
    }
  });

  test.each<[object, RegExp]>([
    [{ jobs: 0 }, /^jobs: must be 1–100000, got 0/],
    [{ minIntervalSeconds: 59 }, /^minIntervalSeconds: must be 60–2678400, got 59/],
    [{ requestBurst: 9 }, /^requestBurst: must be 10–100000, got 9/],
    [{ computeSecondsPerMonth: 0 }, /^computeSecondsPerMonth: must be 1–10000000000, got 0/],
    [{ storedBytes: '1e9' }, /^storedBytes: must be 1000000–1000000000000000, got "1e9"/],
    [
      { generation: 7 },
      /^body: unknown field 'generation'; known are concurrentRuns, concurrentTasks, delayedRuns, retentionDays, jobs, /,
    ],
    [{ stored_bytes: 7 }, /^body: unknown field 'stored_bytes'; did you mean 'storedBytes'\?/],
  ])('refuses %j', async (body, message) => {
    const root = await system.as(freshTenant('root'), ['super_admin']);

    const answer = await root.request('PUT', ADMIN, body, as('some-tenant'));

    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringMatching(message) } });
  });
});

describe('too many concurrent tasks', () => {
  test('do not prevent that their run is canceled', async () => {
    const { tenant, api, runner } = await given({ concurrentTasks: 1 });
    const { db, close } = systemDb(system);
    const flow = {
      parallelism: 3,
      sources: [{ type: 'generate', count: 1_000_000_000 }],
      sinks: [{ type: 'preview' }],
    };
    await runner.define({ id: 'flood', type: 'flow', flow });
    const { run_id: runId } = await runner.start('flood');
    await waitForAssertion(async () => expect(await listWaitingTasks(db, tenantId(tenant), 10)).toHaveLength(2));

    const answer = await api.post(`/jobs/flood/runs/${runId}/cancel`);

    expect(answer).toMatchObject({ status: 200 });
    await runner.waitForEnd('flood', runId);
    expect(await listWaitingTasks(db, tenantId(tenant), 10)).toEqual([]);
    close();
  });
});

describe('too many jobs', () => {
  const message = 'jobs: the tenant may have 2 jobs and has 2; delete one, or ask the operator for more';

  test('fail on every surface that defines jobs, in its format', async () => {
    const { api } = await given({ jobs: 2 });
    const defining = Array.from({ length: 4 }, (_, i) => api.post('/jobs', anHttpJob(`job-${i}`)));
    const statuses = (await Promise.all(defining)).map(({ status }) => status);

    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 201, 429, 429]);
    expect(await api.post('/jobs', anHttpJob('more'))).toMatchObject({ status: 429, body: { error: message } });
    expect(await api.post('/v1/flows', aFlow('more'))).toMatchObject({
      status: 429,
      body: { errors: [{ code: 'too_many_requests', message }] },
    });
    const pipelines = await api.post('/api/v1/pipelines', aFlow('more'));
    expect(pipelines).toMatchObject({ status: 429, body: { error: { code: 'limit.jobs', message } } });
    // Waiting does not resolve this limit.
    expect(pipelines.headers.get('retry-after')).toBeNull();
  });

  test('fit again after one is deleted', async () => {
    const { api } = await given({ jobs: 1 });
    await api.post('/v1/flows', aFlow('one'));
    expect(await api.post('/jobs', anHttpJob('two'))).toMatchObject({ status: 429 });

    await api.delete('/v1/flows/one');

    expect(await api.post('/jobs', anHttpJob('two'))).toMatchObject({ status: 201 });
  });
});

test('refuses a schedule that fires too often, in a definition and in a change', async () => {
  const { api } = await given({ minIntervalSeconds: 900 });
  const message =
    "minIntervalSeconds: the tenant's schedules may fire 900 s apart at the closest, and this one does 600 s apart; " +
    'let it fire less often, or ask the operator for more';

  const refused = await api.post('/jobs', anHttpJob('often', { schedule: '0,20,30 * * * *' }));
  expect(await api.post('/jobs', anHttpJob('seldom', { schedule: '0,20,40 * * * *' }))).toMatchObject({ status: 201 });
  const changed = await api.patch('/jobs/seldom', { schedule: '0,10 * * * *' });

  expect(refused).toMatchObject({ status: 429, body: { error: message } });
  expect(changed).toMatchObject({ status: 429, body: { error: message } });
  expect(await api.patch('/jobs/seldom', { name: 'Another', timezone: 'Europe/Berlin' })).toMatchObject({
    status: 200,
  });
});

describe('too many requests', () => {
  const surfaces: readonly (readonly [string, string, object])[] = [
    ['runner', '/jobs', { error: expect.stringMatching(/^requestsPerSecond: /) }],
    [
      'integrations',
      '/api/integrations/jobs/metrics',
      { statusCode: 429, message: expect.stringMatching(/^requestsPerSecond: /), error: 'Too Many Requests' },
    ],
    ['admin', '/api/v1/admin/jobs/x/stats', { success: false, error: 'Too many requests' }],
    ['flows', '/v1/flows', { errors: [{ code: 'too_many_requests' }] }],
    ['pipelines', '/api/v1/pipelines', { error: { code: 'limit.requestsPerSecond' } }],
  ];

  async function limited() {
    const { tenant } = await given({ requestsPerSecond: 1, requestBurst: 20 });
    const api = await system.as(tenant, ['OWNER', 'system_admin']);
    const ask = (path: string) => api.get(path, { 'x-tenantid': tenant });
    return { tenant, ask };
  }

  /** Sends four requests at a time, without a pause: one a second is admitted, however slow the machine is. */
  async function askUntilRefused(ask: () => Promise<ApiResponse<unknown>>): Promise<ApiResponse<unknown>> {
    for (;;) {
      const answers = await Promise.all(Array.from({ length: 4 }, ask));
      const refused = answers.find(({ status }) => status === 429);
      if (refused) return refused;
    }
  }

  test('fail on each surface in its format, with the time of the next try', async () => {
    const { ask } = await limited();
    const begun = performance.now();

    const all = (
      await Promise.all(
        surfaces.map(async ([, path]) => {
          const answers: Awaited<ReturnType<typeof ask>>[] = [];
          for (let i = 0; i < 8; i++) answers.push(await ask(path));
          return answers;
        }),
      )
    ).flat();

    const seconds = Math.ceil((performance.now() - begun) / 1_000);
    const passed = all.filter(({ status }) => status !== 429);
    expect(passed.length).toBeLessThanOrEqual(20 + seconds);
    expect(passed.length).toBeGreaterThanOrEqual(5);
    for (const [name, path, body] of surfaces) {
      const refused = await askUntilRefused(() => ask(path));
      expect({ name, body: refused.body }).toMatchObject({ name, body });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
  });

  test('do not affect other tenants, and requests of strangers are not counted', async () => {
    const { tenant, ask } = await limited();
    const anonymous = system.anonymous('Bearer not.a.token');
    for (let i = 0; i < 40; i++) await anonymous.get('/jobs', { 'x-tenantid': tenant });
    expect(await ask('/jobs')).toMatchObject({ status: 200 });

    await askUntilRefused(() => ask('/jobs'));

    expect(await (await system.as(freshTenant())).get('/jobs')).toMatchObject({ status: 200 });
    expect(await system.anonymous().get('/health')).toMatchObject({ status: 200 });
  });
});

describe('a run that ends late', () => {
  test('has a flag, a count and a notification, and otherwise counts like any other run', async () => {
    const { runner, limitsOf, tenant } = await given();
    await runner.define({ id: 'slow', script: 'sleep', args: ['1.5'], finish_grace_s: 1, start_grace_s: 0 });
    await runner.define({ id: 'quick', script: 'echo', finish_grace_s: 60 });

    const slow = await runner.trigger('slow');
    const quick = await runner.trigger('quick');

    const run = await runner.run('slow', slow.run_id);
    expect(run).toMatchObject({ status: 'ok', late_start_at: null, late_finish_at: expect.any(String) });
    expect(await runner.run('quick', quick.run_id)).toMatchObject({ status: 'ok', late_finish_at: null });
    await waitForAssertion(async () =>
      expect(await limitsOf()).toMatchObject({ queue: { lateStarts: 0, lateFinishes: 1 } }),
    );
    const logged = system.logs.filter(({ text }) => text.includes('"run.late_finish"') && text.includes(`"${tenant}"`));
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0]?.text ?? '')).toMatchObject({ job: 'slow', LateFinishes: 1, stage: 'local' });
  });
});

// Last, because they move the clock.
test('limits compute time: refuses triggers on every surface, skips ticks, shows the use, and allows definitions', async () => {
  const { tenant, api, runner, limitsOf } = await given({ computeSecondsPerMonth: 1 });
  await runner.define({ id: 'nap', script: 'sleep', args: ['1.5'] });
  await runner.define({ id: 'ticking', script: 'echo', schedule: '* * * * *', enabled: false });
  await api.post('/v1/flows', aFlow('copy'));
  const job = (await api.post<{ id: string }>('/api/v1/pipelines/copy/jobs')).body.id;
  expect(await runner.trigger('nap')).toMatchObject({ status: 'ok' });
  await waitForAssertion(async () => {
    const { used } = await limitsOf();
    expect(used.concurrentRuns).toBe(0);
    // A slow machine takes longer than the second that the script sleeps at least.
    expect(used.computeSecondsPerMonth).toBeGreaterThanOrEqual(1);
  });

  // An instance checks the usage again after some seconds.
  system.clock.set(system.clock.now() + 15_000);
  const month = new Date(system.clock.now()).toISOString().slice(0, 7);
  const message = expect.stringMatching(
    new RegExp(
      "^computeSecondsPerMonth: the tenant's runs may take 1 seconds of compute time a month and have taken \\d+ in " +
        `${month} \\(UTC\\); wait until \\d{4}-\\d{2}-01T00:00:00.000Z, or ask the operator for more$`,
    ),
  );
  const paths = ['/jobs/nap/run', '/v1/flows/copy/run', '/api/v1/pipelines/copy/jobs', `/api/v1/jobs/${job}/restart`];
  const refused = await Promise.all(paths.map(async (path) => ({ path, ...(await api.post(path)) })));

  const pipelines = { error: { code: 'limit.computeSecondsPerMonth', message } };
  const bodies = [{ error: message }, { errors: [{ code: 'too_many_requests', message }] }, pipelines, pipelines];
  expect(refused).toMatchObject(paths.map((path, i) => ({ path, status: 429, body: bodies[i] })));
  expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual([null, null, null, null]);
  expect(await api.post('/jobs', anHttpJob('more'))).toMatchObject({ status: 201 });
  const root = await system.as(freshTenant('root'), ['super_admin']);
  const shown = await root.get<AdminBody>(ADMIN, { 'x-tenantid': tenant });
  expect(shown.body.data.used).toEqual((await limitsOf()).used);

  await api.post('/jobs/ticking/enable');
  await runner.waitForRegistration('ticking');
  system.clock.set(system.clock.now() + MINUTE);
  const [tick] = await waitForAssertion(async () => {
    const rows = await runner.runs('ticking');
    expect(rows.length).toBeGreaterThan(0);
    return rows;
  });
  expect(tick).toMatchObject({ status: 'skipped', reason: 'compute' });
  await api.post('/jobs/ticking/disable');

  await root.request('PUT', ADMIN, { computeSecondsPerMonth: null }, { 'x-tenantid': tenant });
  system.clock.set(system.clock.now() + 15_000);
  expect(await limitsOf()).toMatchObject({ limits: { computeSecondsPerMonth: null } });
  expect(await runner.trigger('nap')).toMatchObject({ status: 'ok' });
});

test('limits stored records: refuses triggers, skips ticks, and frees space when a job is deleted', async () => {
  const { tenant, api, runner, limitsOf } = await given({ storedBytes: 50_000 });
  await runner.define({ id: 'loud', script: 'echo', args: Array.from({ length: 7 }, () => 'x'.repeat(4_000)) });
  await runner.define({ id: 'small', script: 'echo', schedule: '* * * * *', enabled: false });
  for (let i = 0; i < 2; i++) expect(await runner.trigger('loud')).toMatchObject({ status: 'ok' });
  await waitForAssertion(async () => expect((await limitsOf()).used.storedBytes).toBeGreaterThan(50_000));

  // An instance checks the storage again after some seconds.
  system.clock.set(system.clock.now() + 15_000);
  const refused = await api.post('/jobs/loud/run');
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({
    error: expect.stringMatching(/^storedBytes: what the tenant's runs leave behind/),
  });
  expect(await api.post('/jobs', anHttpJob('more'))).toMatchObject({ status: 429 });
  await api.post('/jobs/small/enable');
  await runner.waitForRegistration('small');
  system.clock.set(system.clock.now() + MINUTE);
  const [tick] = await waitForAssertion(async () => {
    const rows = await runner.runs('small');
    expect(rows.length).toBeGreaterThan(0);
    return rows;
  });
  expect(tick).toMatchObject({ status: 'skipped', reason: 'storage' });

  await api.post('/jobs/small/disable');
  await api.delete('/jobs/loud');
  await waitForAssertion(async () => {
    system.clock.set(system.clock.now() + MINUTE);
    expect((await limitsOf()).used.storedBytes).toBeLessThan(50_000);
  });
  const later = await system.as(tenant);
  expect(await later.post('/jobs', anHttpJob('again'))).toMatchObject({ status: 201 });
});
