import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { ErrorBody, ResultBody, RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
import { statisticsClient } from '../../helpers/clients/statistics.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => {
  await system.stop();
});

const YEAR_S = 365 * 86_400;

async function givenJob(fields: object = {}) {
  const tenant = freshTenant();
  const client = await system.as(tenant, ['OWNER', 'system_admin'], 'ana@acme.test');
  const job = { id: 'a-job', name: 'A job', script: 'echo', overlap_policy: 'allow', ...fields };
  expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
  return { client, tenant };
}

const delay = async (client: ApiClient, body: object) => (await client.post<RunBody>('/jobs/a-job/run', body)).body.run;
const pathOf = (run: { readonly run_id: string }) => `/jobs/a-job/runs/${run.run_id}`;
const runOf = async (client: ApiClient, run: { readonly run_id: string }) =>
  (await client.get<RunBody>(pathOf(run))).body.run;
const later = (seconds: number) => new Date(system.clock.now() + seconds * 1_000).toISOString();

describe('POST /jobs/{id}/run with a start', () => {
  it('answers 202 with the run at once, and starts it at its time with its payload', async () => {
    const { client } = await givenJob();
    const run_at = later(2);

    const { status, body, headers } = await client.post<RunBody>('/jobs/a-job/run', { run_at, payload: { order: 7 } });

    expect(status).toBe(202);
    expect(headers.get('location')).toBe(pathOf(body.run));
    const reason = 'waits for the time at which it is to start';
    expect(body.run).toMatchObject({ status: 'pending', trigger: 'manual', run_at, reason, payload: { order: 7 } });
    await waitForAssertion(async () =>
      expect(await runOf(client, body.run)).toMatchObject({ status: 'ok', run_at, stdout: '{"order":7}' }),
    );
    const { started_at } = await runOf(client, body.run);
    expect(Date.parse(started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(run_at));
  });

  it('shows the run in all lists, and counts it as pending on all surfaces', async () => {
    const { client, tenant } = await givenJob({ integration_id: 'shop' });
    const { metrics, jobStats } = statisticsClient(client, tenant);

    const run = await delay(client, { delay_s: YEAR_S });

    expect((await client.get<RunsBody>('/jobs/a-job/runs?status=pending')).body.runs).toMatchObject([run]);
    expect((await client.get<RunsBody>('/runs?status=pending')).body.runs).toMatchObject([{ run_id: run.run_id }]);
    await waitForAssertion(async () => {
      expect(await metrics()).toMatchObject({ pendingCount: 1, oldestPendingAgeMs: 0 });
      expect(await metrics('shop')).toMatchObject({ pendingCount: 1, oldestPendingAgeMs: 0 });
      expect((await jobStats('a-job')).queue).toMatchObject({ pending: 1, processing: 0 });
    });
  });

  it('starts at once with a time that has passed', async () => {
    const { client } = await givenJob();

    const { status, body } = await client.post<ResultBody>('/jobs/a-job/run', { run_at: '2020-01-01T00:00:00Z' });

    expect(status).toBe(200);
    expect(body.result).toMatchObject({ status: 'ok' });
  });

  it.each([
    [{ run_at: 'tomorrow' }, 'run_at: must be an ISO 8601 time'],
    [{ run_at: '2199-01-01T00:00:00Z' }, 'run_at: must be at most 365 days ahead'],
    [{ run_at: '2026-12-24T18:00:00Z', delay_s: 1 }, 'delay_s: must be absent: run_at is given'],
    [{ delay_s: YEAR_S + 1 }, 'delay_s: must be'],
    [{ delay_s: 1.5 }, 'delay_s: must be'],
  ])('answers 400 with the field for %j', async (body, message) => {
    const { client } = await givenJob();

    const response = await client.post<ErrorBody>('/jobs/a-job/run', body);

    expect(response.status).toBe(400);
    expect(response.body.error).toContain(message);
  });

  it('answers 409 for a disabled job', async () => {
    const { client } = await givenJob({ enabled: false });

    expect(await client.post('/jobs/a-job/run', { delay_s: 60 })).toMatchObject({ status: 409 });
  });
});

describe('POST /jobs/{id}/runs:batch with starts', () => {
  it('creates runs that start at their times', async () => {
    const { client } = await givenJob();
    const runs = [{ payload: 1, delay_s: 1 }, { payload: 2, delay_s: YEAR_S }, { delay_s: -1 }];

    const { body } = await client.post<{ runs: { status: number; run_id: string }[] }>('/jobs/a-job/runs:batch', {
      runs: runs.slice(0, 2),
    });

    expect(body.runs.map(({ status }) => status)).toEqual([202, 202]);
    const [soon = { run_id: '' }, late = { run_id: '' }] = body.runs;
    await waitForAssertion(async () => expect(await runOf(client, soon)).toMatchObject({ status: 'ok', stdout: '1' }));
    expect(await runOf(client, late)).toMatchObject({ status: 'pending', payload: 2 });
    expect(await client.post('/jobs/a-job/runs:batch', { runs })).toMatchObject({ status: 400 });
  });
});

describe('PATCH /jobs/{id}/runs/{run}', () => {
  it('moves a delayed run, also to now', async () => {
    const { client } = await givenJob();
    // The payload is stored apart from the run, and its expiry moves, too.
    const run = await delay(client, { delay_s: YEAR_S, payload: 'x'.repeat(1_000) });
    const run_at = later(3_600);

    const moved = await client.patch<RunBody>(pathOf(run), { run_at });
    const started = await client.patch<RunBody>(pathOf(run), { delay_s: 0 });

    expect(moved).toMatchObject({ status: 200, body: { run: { run_id: run.run_id, status: 'pending', run_at } } });
    expect(started.status).toBe(200);
    await waitForAssertion(async () => expect(await runOf(client, run)).toMatchObject({ status: 'ok' }));
    expect(await client.patch<ErrorBody>(pathOf(run), { run_at })).toMatchObject({
      status: 409,
      body: { error: 'Cannot move completed run: it does not wait for its start' },
    });
  });

  it('answers 400 without a time, 403 to a member and 404 for an unknown run', async () => {
    const { client, tenant } = await givenJob();
    const run = await delay(client, { delay_s: 3_600 });
    const member = await system.as(tenant, ['MEMBER']);

    expect(await client.patch(pathOf(run), {})).toMatchObject({ status: 400 });
    expect(await member.patch(pathOf(run), { delay_s: 1 })).toMatchObject({ status: 403 });
    const unknown = { run_id: `${run.run_id.slice(0, -1)}${run.run_id.endsWith('0') ? '1' : '0'}` };
    expect(await client.patch(pathOf(unknown), { delay_s: 1 })).toMatchObject({ status: 404 });
  });
});

describe('a delayed run', () => {
  it('can be canceled, and is canceled with its job', async () => {
    const { client } = await givenJob();
    const [canceled, deleted] = [await delay(client, { delay_s: 3_600 }), await delay(client, { delay_s: 3_600 })];

    const { status, body } = await client.post<RunBody>(`${pathOf(canceled)}/cancel`);

    expect(status).toBe(200);
    expect(body.run).toMatchObject({ status: 'canceled', started_at: null });
    expect(await client.delete('/jobs/a-job')).toMatchObject({ status: 200 });
    expect(await client.get(pathOf(deleted))).toMatchObject({ status: 404 });
  });
});
