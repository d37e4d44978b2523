import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { BackfillBody, BackfillsBody, ErrorBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
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

const UNKNOWN = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
/** Three hourly ticks, before any job of a test was created. */
const RANGE = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T02:30:00Z' };
const TICKS = ['2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z'];

async function givenJob(fields: object = {}) {
  const tenant = freshTenant();
  const client = await system.as(tenant, ['OWNER'], 'ana@acme.test');
  const job = { id: 'a-job', name: 'A job', script: 'echo', schedule: '0 * * * *', ...fields };
  expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
  return { client, tenant };
}

const create = (client: ApiClient, body: object = RANGE, headers = {}) =>
  client.post<BackfillBody & ErrorBody>('/jobs/a-job/backfills', body, headers);

const pathOf = ({ id }: { readonly id: string }) => `/jobs/a-job/backfills/${id}`;

const backfillOf = async (client: ApiClient, shown: { readonly id: string }) =>
  (await client.get<BackfillBody>(pathOf(shown))).body.backfill;

/** A paused backfill of 100 years of yearly ticks: its active run ends, and no other starts. */
async function givenPaused() {
  const { client, tenant } = await givenJob({ schedule: '0 0 1 1 *' });
  const { body } = await create(client, { from: '1990-01-01T00:00:00Z', to: '2020-01-01T00:00:00Z' });
  await client.post(`${pathOf(body.backfill)}/pause`);
  return { client, tenant, backfill: body.backfill };
}

describe('POST /jobs/{id}/backfills', () => {
  it('answers 202 with the backfill, and starts one run for each tick with its time and the payload', async () => {
    const { client } = await givenJob();

    const { status, body, headers } = await create(client, {
      ...RANGE,
      order: 'desc',
      concurrency: 2,
      payload: { again: true },
      tags: ['january'],
      note: 'the provider was away',
    });

    expect(status).toBe(202);
    expect(headers.get('location')).toBe(pathOf(body.backfill));
    expect(body.backfill).toMatchObject({
      job_id: 'a-job',
      cause: 'request',
      state: 'running',
      order: 'desc',
      concurrency: 2,
      total: 3,
      done: 0,
      failed: 0,
      canceled: 0,
      skipped: 0,
      active: 0,
      tags: ['january'],
      note: 'the provider was away',
      created_by: 'ana@acme.test',
      finished_at: null,
    });
    await waitForAssertion(async () =>
      expect(await backfillOf(client, body.backfill)).toMatchObject({ state: 'completed', done: 3, active: 0 }),
    );
    const { runs } = (await client.get<RunsBody>('/jobs/a-job/runs')).body;
    expect(new Set(runs.map((run) => run.scheduled_at))).toEqual(new Set(TICKS));
    expect(runs).toHaveLength(TICKS.length);
    for (const run of runs) {
      expect(run).toMatchObject({ trigger: 'manual', status: 'ok', backfill_id: body.backfill.id });
      expect(run).toMatchObject({ stdout: '{"again":true}', tags: ['january'] });
    }
  });

  it('has ascending order and one run at a time by default', async () => {
    const { client } = await givenJob();

    const { body } = await create(client);

    expect(body.backfill).toMatchObject({ order: 'asc', concurrency: 1 });
  });

  it('needs no payload for a script that requires one if each schedule has its own', async () => {
    const payload = { order: 7 };
    const schedules = [{ schedule: '0 * * * *', payload }];
    const { client } = await givenJob({ script: 'take-order', schedule: null, schedules });

    const { status, body } = await create(client);
    const wrong = await create(client, { ...RANGE, payload: { order: '7' } });

    expect(status).toBe(202);
    expect([wrong.status, wrong.body.error]).toEqual([400, expect.stringMatching(/^payload\.order: /)]);
    await waitForAssertion(async () =>
      expect(await backfillOf(client, body.backfill)).toMatchObject({ state: 'completed', done: 3 }),
    );
    const { runs } = (await client.get<RunsBody>('/jobs/a-job/runs')).body;
    expect(runs.map(({ stdout }) => stdout)).toEqual(TICKS.map(() => 'order 7: '));
  });

  it('returns the first backfill for a repeated key, and 422 for another body', async () => {
    const { client } = await givenJob();
    const key = { 'idempotency-key': 'january' };
    const first = await create(client, RANGE, key);

    const repeated = await create(client, RANGE, key);
    const other = await create(client, { ...RANGE, concurrency: 3 }, key);

    expect([repeated.status, repeated.body.backfill.id]).toEqual([202, first.body.backfill.id]);
    expect([other.status, other.body.error]).toEqual([
      422,
      'idempotency-key: was used for a request with another body',
    ]);
  });

  it.each([
    [{}, 'from: is required'],
    [{ ...RANGE, from: 'January' }, 'from: must be an ISO 8601 time'],
    [
      { from: RANGE.to, to: RANGE.from },
      'to: must not be before from (2026-01-01T02:30:00.000Z), got 2026-01-01T00:00:00.000Z',
    ],
    [{ ...RANGE, to: '2199-01-01T00:00:00Z' }, 'to: must not be in the future'],
    [{ from: '2026-01-01T00:10:00Z', to: '2026-01-01T00:20:00Z' }, 'from: must select a tick of the schedule until'],
    [{ from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'to: must select at most 10000 ticks'],
    [{ ...RANGE, order: 'random' }, 'order: must be asc or desc'],
    [{ ...RANGE, concurrency: 21 }, 'concurrency: must be 1–20, got 21'],
    [{ ...RANGE, until: RANGE.to }, "unknown field 'until'"],
    [{ ...RANGE, run_at: RANGE.to }, "unknown field 'run_at'"],
    [{ ...RANGE, args: 'x' }, 'args: must be a list, got "x"'],
  ])('answers 400 to %j', async (body, message) => {
    const { client } = await givenJob();

    const answer = await create(client, body);

    expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(message)]);
  });

  it('answers 409 for a job without a schedule, for a disabled one, and above ten open backfills', async () => {
    const { client } = await givenJob({ schedule: null });

    const onDemand = await create(client);
    await client.patch('/jobs/a-job', { schedule: '0 0 1 1 *', enabled: false });
    const disabled = await create(client);
    await client.patch('/jobs/a-job', { enabled: true });
    const many = { from: '1990-01-01T00:00:00Z', to: '2020-01-01T00:00:00Z' };
    for (let i = 0; i < 10; i++) {
      const { body } = await create(client, many);
      await client.post(`${pathOf(body.backfill)}/pause`);
    }
    const eleventh = await create(client, many);

    expect([onDemand.status, onDemand.body.error]).toEqual([
      409,
      expect.stringContaining("Job 'a-job' has no schedule"),
    ]);
    expect([disabled.status, disabled.body.error]).toEqual([409, "Job 'a-job' is disabled"]);
    expect([eleventh.status, eleventh.body.error]).toEqual([409, expect.stringContaining('may have 10 backfills')]);
  });

  it('answers 404 for an unknown job', async () => {
    const { client } = await givenJob();

    expect((await client.post('/jobs/missing/backfills', RANGE)).status).toBe(404);
  });

  it('answers 403 to a member', async () => {
    const { client, tenant } = await givenJob();
    const member = await system.as(tenant, ['MEMBER']);
    const { body } = await create(client);

    expect((await create(member)).status).toBe(403);
    expect((await member.post(`${pathOf(body.backfill)}/cancel`)).status).toBe(403);
    expect((await member.get(pathOf(body.backfill))).status).toBe(200);
  });
});

describe('GET /jobs/{id}/backfills', () => {
  it('lists the backfills of the job, newest first, page by page', async () => {
    const { client } = await givenJob();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await create(client)).body.backfill.id);
    const list = async (query = '') =>
      (await client.get<BackfillsBody>(`/jobs/a-job/backfills${query}`)).body.backfills;

    expect((await list()).map(({ id }) => id)).toEqual(ids.toSorted().toReversed());
    const [first] = await list('?limit=1');
    expect((await list(`?before=${first?.id}`)).map(({ id }) => id)).toEqual(ids.toSorted().toReversed().slice(1));
  });

  it('answers 400 to a malformed position and 404 for an unknown job', async () => {
    const { client } = await givenJob();

    expect((await client.get('/jobs/a-job/backfills?before=x')).status).toBe(400);
    expect((await client.get('/jobs/missing/backfills')).status).toBe(404);
  });
});

describe('a backfill by its id', () => {
  it('is not found by an unknown id, by a malformed one, and under another job', async () => {
    const { client, backfill } = await givenPaused();
    await client.post('/jobs', { id: 'other', name: 'Other', script: 'echo' });

    for (const path of [
      `/jobs/a-job/backfills/${UNKNOWN}`,
      '/jobs/a-job/backfills/x',
      `/jobs/other/backfills/${backfill.id}`,
    ]) {
      expect(await client.get(path)).toMatchObject({ status: 404, body: { error: 'Backfill not found' } });
      expect(await client.post(`${path}/cancel`)).toMatchObject({ status: 404, body: { error: 'Backfill not found' } });
    }
  });

  it('pauses and resumes, however often it is asked to', async () => {
    const { client, backfill } = await givenPaused();

    const paused = await client.post<BackfillBody>(`${pathOf(backfill)}/pause`);
    const resumed = await client.post<BackfillBody>(`${pathOf(backfill)}/resume`);
    const again = await client.post<BackfillBody>(`${pathOf(backfill)}/resume`);

    expect([paused, resumed, again].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([paused, resumed, again].map(({ body }) => body.backfill.state)).toEqual(['paused', 'running', 'running']);
    await waitForAssertion(async () =>
      expect((await backfillOf(client, backfill)).done).toBeGreaterThan(paused.body.backfill.done + 1),
    );
    await client.post(`${pathOf(backfill)}/cancel`);
  });

  it('is canceled with its runs, and can then neither be resumed nor paused', async () => {
    const { client, backfill } = await givenPaused();

    const canceled = await client.post<BackfillBody>(`${pathOf(backfill)}/cancel`);

    expect(canceled.body.backfill).toMatchObject({ state: 'canceled', canceled_by: 'ana@acme.test' });
    expect(canceled.body.backfill.finished_at).not.toBeNull();
    for (const action of ['pause', 'resume']) {
      const answer = await client.post<ErrorBody>(`${pathOf(backfill)}/${action}`);
      expect([answer.status, answer.body.error]).toEqual([409, `Cannot ${action} canceled backfill`]);
    }
    await waitForAssertion(async () => expect(await backfillOf(client, backfill)).toMatchObject({ active: 0 }));
  });

  it('disappears with its job', async () => {
    const { client, backfill } = await givenPaused();

    await client.delete('/jobs/a-job');
    await client.post('/jobs', { id: 'a-job', name: 'A job', script: 'echo' });

    expect((await client.get(pathOf(backfill))).status).toBe(404);
  });
});
