import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createCursorSigner } from '../../../../../functions/api/http/cursor.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { getActivity, type SlotView } from '../../../../../functions/api/runner/activity.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { invalidCursorError } from '../../../../../functions/api/runner/invalid-cursor.ts';
import { DEFAULT_READ_BUDGET } from '../../../../../functions/api/runner/read-budget.ts';
import type { RunView } from '../../../../../functions/api/runner/run-view.ts';
import { listTenantRuns } from '../../../../../functions/api/runner/tenant-runs.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import { encodeUlidTime, publicRunId, tickUlid } from '../../../../../functions/core/domain/run-id.ts';
import { REMOVAL_MS } from '../../../../../functions/core/domain/run-removal.ts';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { DAY_MS } from '../../../../../functions/core/domain/timing.ts';
import { createJob } from '../../../../../functions/core/store/jobs.ts';
import { putRunInput } from '../../../../../functions/core/store/run-inputs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aFlowJob, aFlowRun, putRuns } from '../../../../helpers/builders/flow-rows.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';

/** `GET /runs` and `GET /runs/activity`. */

const store = { db: memoryDb() };

const SECOND = 1_000;
const iso = (time: number) => new Date(time).toISOString();

async function givenJob(overrides: Partial<Job> = {}): Promise<Job> {
  const job = aJob(overrides);
  await createJob(store.db, job);
  return job;
}

/** A run created `second` seconds after `START`. */
const made = (job: Job, second: number, overrides: Partial<Run> = {}): Run =>
  endedRun(job, second, { ulid: `${encodeUlidTime(START + second * SECOND)}${'0'.repeat(16)}`, ...overrides });

/** A run created `lag` seconds after its tick. ULIDs follow the order of ticks. */
const ticked = (job: Job, createdAt: number, lag: number, n: number, overrides: Partial<Run> = {}): Run =>
  made(job, n, {
    ulid: encodeUlidTime(createdAt - lag * SECOND) + String(n).padStart(16, '0'),
    createdAt: iso(createdAt),
    ...overrides,
  });

const failed = { state: 'failed', failure: { kind: 'error', message: 'exit code 3' }, exitCode: 3 } as const;
const timedOut = { state: 'failed', failure: { kind: 'timeout', message: 'over 5 s' }, exitCode: null } as const;
const queued = { state: 'queued', startedAt: null, finishedAt: null, attempt: 0 } as const;
const running = { state: 'running', finishedAt: null } as const;

/** Seconds from `START` to a time. */
const second = (time: string) => (Date.parse(time) - START) / SECOND;

interface RunsBody {
  readonly runs: readonly RunView[];
  readonly next_cursor: string | null;
  readonly scanned: number;
}

interface Settings {
  readonly budget?: Partial<typeof DEFAULT_READ_BUDGET>;
  readonly remainingMs?: number;
  readonly now?: number;
}

/** Both operations of the tenant. */
function listsOf(tenant: TenantId, { budget, remainingMs = 29_000, now = START + 100 * SECOND }: Settings = {}) {
  const platform = testPlatform(store.db);
  platform.advance(now - START);
  const cursors = createCursorSigner(platform, invalidCursorError);
  const handler = createSurfaceHandler({
    routes: [listTenantRuns, getActivity],
    dependencies: () => ({ ...platform, cursors, readBudget: { ...DEFAULT_READ_BUDGET, ...budget } }),
    errors: runnerErrors,
    verify: async () => ({ tenant, roles: ['MEMBER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const ask = async (path: string, { cursor, ...narrowed }: Record<string, string>) => {
    const query = { ...narrowed, ...(cursor && { cursor }) };
    const headers = { authorization: 'Bearer a.b.c' };
    const { status, body } = await invokeHandler(handler, { routeKey: `GET ${path}`, query, headers }, remainingMs);
    return { status, body: body as RunsBody & { readonly slots: readonly SlotView[]; readonly error?: string } };
  };
  return {
    list: (query: Record<string, string> = {}) => ask('/runs', query),
    activity: (query: Record<string, string> = {}) => ask('/runs/activity', query),
  };
}

const idsOf = ({ body }: { readonly body: RunsBody }) => body.runs.map(({ run_id }) => run_id);
const ids = (runs: readonly Run[]) => runs.map(publicRunId);

describe('listTenantRuns', () => {
  test('lists the runs of all jobs, scripts and flows, newest first', async () => {
    const job = await givenJob();
    const other = await givenJob({ tenant: job.tenant, id: 'other' });
    const flow = aFlowJob({ tenant: job.tenant });
    await createJob(store.db, flow);
    const [a, b, c] = await putRuns(store.db, [
      made(job, 1),
      made(other, 3, failed),
      aFlowRun(flow, START + 2 * SECOND, {}),
    ]);
    await putRuns(store.db, [made(await givenJob(), 2)]);

    const answer = await listsOf(job.tenant).list();

    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual(ids([b, c, a] as Run[]));
    expect(answer.body.next_cursor).toBeNull();
    expect(answer.body.runs[0]).toMatchObject({ job_id: 'other', status: 'error', reason: 'exit code 3' });
  });

  test('filters by job, status, trigger and time', async () => {
    const job = await givenJob();
    const other = await givenJob({ tenant: job.tenant, id: 'other' });
    const runs = (await putRuns(store.db, [
      made(job, 1),
      made(job, 2, failed),
      made(other, 3, { ...timedOut, trigger: 'schedule' }),
      made(other, 4, running),
      made(job, 5, queued),
      made(job, 6, { state: 'canceled', trigger: 'restart' }),
      made(other, 7, { ...failed, acknowledged: { at: iso(START), by: 'ana', note: null } }),
    ])) as Run[];
    const pick = (...seconds: readonly number[]) => ids(seconds.flatMap((second) => runs[second - 1] ?? []));
    const { list } = listsOf(job.tenant);
    const found = async (query: Record<string, string>) => idsOf(await list(query));

    expect(await found({ job_id: 'other' })).toEqual(pick(7, 4, 3));
    expect(await found({ status: 'error' })).toEqual(pick(7, 2));
    expect(await found({ status: 'timeout' })).toEqual(pick(3));
    expect(await found({ status: 'running,pending' })).toEqual(pick(5, 4));
    expect(await found({ status: 'ok,canceled' })).toEqual(pick(6, 1));
    expect(await found({ status: 'error', job_id: job.id })).toEqual(pick(2));
    expect(await found({ trigger: 'schedule' })).toEqual(pick(3));
    expect(await found({ trigger: 'manual', status: 'canceled' })).toEqual([]);
    expect(await found({ since: iso(START + 3 * SECOND), until: iso(START + 5 * SECOND) })).toEqual(pick(5, 4, 3));
    expect(await found({ since: iso(START + 6 * SECOND), job_id: job.id })).toEqual(pick(6));
    expect(await found({ until: iso(START + 2 * SECOND), job_id: job.id })).toEqual(pick(2, 1));
  });

  test('continues where the previous page ended, with any filter, while new runs are created', async () => {
    const job = await givenJob();
    const other = await givenJob({ tenant: job.tenant, id: 'other' });
    const states = [{}, failed, running, queued, { state: 'canceled' }] as const;
    // Several are created in the same millisecond, and some long after their ticks.
    const runs = await putRuns(
      store.db,
      Array.from({ length: 60 }, (_, i) =>
        ticked(i % 3 === 0 ? other : job, START + Math.floor(i / 4), (i * 397) % 1_400, i, states[i % states.length]),
      ),
    );
    const { list } = listsOf(job.tenant);
    const query = fc.record({
      limit: fc.integer({ min: 1, max: 13 }).map(String),
      status: fc.constantFrom(undefined, 'error', 'running,pending', 'ok,error'),
      job_id: fc.constantFrom(undefined, job.id, 'other'),
    });

    await fc.assert(
      fc.asyncProperty(query, async ({ limit, status, job_id }) => {
        const filter = { ...(status && { status }), ...(job_id && { job_id }) };
        const whole = idsOf(await list({ ...filter, limit: '1000' }));
        const paged: string[] = [];
        let cursor: string | null | undefined;
        do {
          const { body } = await list({ ...filter, limit, ...(cursor && { cursor }) });
          paged.push(...body.runs.map(({ run_id }) => run_id));
          cursor = body.next_cursor;
          if (cursor) expect(body.runs).toHaveLength(Number(limit));
        } while (cursor);
        expect(paged).toEqual(whole);
      }),
      { numRuns: 25 },
    );

    const first = await list({ limit: '5' });
    await putRuns(store.db, [made(job, 99)]);
    const second = await list({ limit: '1000', cursor: first.body.next_cursor ?? '' });
    expect(new Set([...idsOf(first), ...idsOf(second)])).toEqual(new Set(ids(runs)));
    expect(idsOf(first).length + idsOf(second).length).toBe(runs.length);
  });

  test('omits expired runs and runs of deleted jobs', async () => {
    const job = await givenJob();
    const [kept] = (await putRuns(store.db, [
      made(job, 1),
      made(job, 2, { purgeAt: iso(START - REMOVAL_MS) }),
      made({ ...job, incarnation: 'former12' }, 3),
      made({ ...job, id: 'gone' }, 4),
    ])) as Run[];

    expect(idsOf(await listsOf(job.tenant).list())).toEqual(ids([kept as Run]));
    expect(idsOf(await listsOf(job.tenant).list({ job_id: job.id }))).toEqual(ids([kept as Run]));
  });

  test('truncates outputs to their ends', async () => {
    const job = await givenJob();
    await putRuns(store.db, [made(job, 1, { stdout: `${'x'.repeat(5_000)}the end`, stderr: 'short' })]);

    const { body } = await listsOf(job.tenant).list();

    expect(body.runs[0]).toMatchObject({ stderr: 'short', output_truncated: true });
    expect(body.runs[0]?.stdout).toMatch(/^x{993}the end$/);
  });

  test('accepts times whose plus sign was decoded as a space', async () => {
    const job = await givenJob();
    const [before, after] = (await putRuns(store.db, [made(job, 1), made(job, 3)])) as Run[];
    const time = iso(START + 2 * SECOND).replace('Z', '456 00:00');
    const { list } = listsOf(job.tenant);

    expect(idsOf(await list({ since: time }))).toEqual(ids([after as Run]));
    expect(idsOf(await list({ until: time }))).toEqual(ids([before as Run]));
  });

  test('rejects invalid parameters and names the valid ones', async () => {
    const job = await givenJob();
    const { list } = listsOf(job.tenant);
    await putRuns(store.db, [made(job, 1), made(job, 2)]);
    const { body } = await list({ limit: '1' });
    const cursor = body.next_cursor ?? '';
    const elsewhere = listsOf((await givenJob()).tenant);
    const refused = async (query: Record<string, string>, of = list) => {
      const answer = await of(query);
      expect(answer.status).toBe(query.job_id ? 404 : 400);
      return answer.body.error;
    };

    expect(await refused({ status: 'skipped' })).toMatch(
      /^status: must be ok, error, .*GET \/jobs\/\{id\}\/runs lists skipped ticks$/,
    );
    expect(await refused({ trigger: 'magic' })).toMatch(
      /^trigger: must be schedule or manual or restart or after, got "magic"/,
    );
    expect(await refused({ since: 'yesterday' })).toMatch(/^since: must be an ISO 8601 time/);
    expect(await refused({ since: iso(START + 1), until: iso(START) })).toMatch(/^until: must not be before since/);
    expect(await refused({ limit: '1001' })).toMatch(/^limit: must be 1–1000/);
    expect(await refused({ job_id: 'none' })).toBe('Job not found');
    const wrong = 'cursor: must be the `next_cursor` of an earlier response';
    expect(await refused({ cursor: 'x' })).toBe(wrong);
    expect(await refused({ cursor }, elsewhere.list)).toBe(wrong);
    expect((await list({ cursor, limit: '7', status: 'ok' })).body.runs).toHaveLength(1);
  });

  test('returns what it found within the budget and reads on behind it, with any filter', async () => {
    const job = await givenJob();
    await putRuns(
      store.db,
      Array.from({ length: 300 }, (_, i) => made(job, i * 60, i === 10 || i === 299 ? failed : {})),
    );
    const { list } = listsOf(job.tenant, { budget: { rows: 100 } });

    for (const query of [{ q: 'EXIT code' }, { q: 'exit 3', job_id: job.id }]) {
      const found: string[] = [];
      let [cursor, pages, scanned]: [string | null, number, number] = [null, 0, 0];
      do {
        const { status, body } = await list({ ...query, ...(cursor && { cursor }) });
        expect(status).toBe(200);
        found.push(...body.runs.map(({ created_at }) => created_at));
        [cursor, pages, scanned] = [body.next_cursor, pages + 1, scanned + body.scanned];
      } while (cursor);

      expect(found).toEqual([iso(START + 299 * 60 * SECOND), iso(START + 600 * SECOND)]);
      expect(pages).toBeGreaterThan(2);
      expect(scanned).toBeGreaterThanOrEqual(300);
    }
  });

  test('rejects a request whose budget does not suffice for any run', async () => {
    const job = await givenJob();
    await putRuns(store.db, [made(job, 1)]);
    const { list } = listsOf(job.tenant, { budget: { rows: 0 } });

    expect(await list({ trigger: 'schedule' })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^since: fewer than 50 runs match among .* ask for a shorter time$/) },
    });
  });

  test('finds runs by name and id of the job, run id, message, tag and searchable fields of the payload', async () => {
    const job = await givenJob({ name: 'Ship Orders', searchable: ['customer.id', 'lines.sku'] });
    const other = await givenJob({ tenant: job.tenant, id: 'other', name: 'Other' });
    const payload = { customer: { id: 4711, name: 'hidden' }, lines: [{ sku: 'A-1' }, { sku: 'B-2' }] };
    const large = made(job, 5, { inputBytes: 900 });
    await putRuns(store.db, [
      made(job, 1, { input: { payload } }),
      made(job, 2, failed),
      made(other, 3, { input: { payload }, tags: ['Nightly'] }),
      large,
    ]);
    await putRunInput(store.db, large, { payload: { customer: { id: 'kunde-9' } } });
    const { list } = listsOf(job.tenant);
    const found = async (q: string) =>
      (await list({ q })).body.runs.map(({ created_at }) => second(created_at)).sort((a, b) => a - b);

    expect(await found('ship ORDERS')).toEqual([1, 2, 5]);
    expect(await found('other')).toEqual([3]);
    expect(await found(publicRunId(made(job, 2)))).toEqual([2]);
    expect(await found('code 3')).toEqual([2]);
    expect(await found('nightly')).toEqual([3]);
    expect(await found('4711')).toEqual([1]);
    expect(await found('ship b-2')).toEqual([1]);
    expect(await found('kunde-9')).toEqual([5]);
    expect(await found('hidden')).toEqual([]);
  });

  test('selects runs by duration and attempt', async () => {
    const job = await givenJob();
    const from = (at: number, ms: number | null) => ({
      startedAt: iso(at),
      finishedAt: ms === null ? null : iso(at + ms),
    });
    await putRuns(store.db, [
      made(job, 1, from(START, 1_500)),
      made(job, 2, { ...from(START, 60_000), attempt: 3 }),
      made(job, 3, queued),
      made(job, 4, { ...running, ...from(START - 3_600_000, null), attempt: 2 }),
    ]);
    const { list } = listsOf(job.tenant);
    const found = async (query: Readonly<Record<string, string>>) =>
      (await list(query)).body.runs.map(({ created_at }) => second(created_at)).sort((a, b) => a - b);

    expect(await found({ max_duration_s: '1.5' })).toEqual([1]);
    expect(await found({ min_duration_s: '60' })).toEqual([2, 4]);
    expect(await found({ min_duration_s: '1', max_duration_s: '60' })).toEqual([1, 2]);
    expect(await found({ min_attempts: '2' })).toEqual([2, 4]);
    expect(await list({ min_duration_s: '2', max_duration_s: '1' })).toMatchObject({
      status: 400,
      body: { error: 'max_duration_s: must be at least min_duration_s (2), got 1' },
    });
  });

  test('responds with 503 when time runs out, with any filter', async () => {
    const job = await givenJob();
    await putRuns(store.db, [made(job, 1)]);
    const { list, activity } = listsOf(job.tenant, { remainingMs: 3_000 });

    for (const answer of [await list(), await list({ job_id: job.id }), await activity()]) {
      expect(answer).toMatchObject({ status: 503, body: { error: 'The request took too long; try it again' } });
    }
  });
});

describe('getActivity', () => {
  test('counts runs by creation time and current status', async () => {
    const job = await givenJob();
    const other = await givenJob({ tenant: job.tenant, id: 'other' });
    await putRuns(store.db, [
      made(job, -1),
      made(job, 0),
      made(job, 59, failed),
      made(other, 60, { ...timedOut, acknowledged: { at: iso(START), by: 'ana', note: null } }),
      made(other, 61, running),
      made(other, 62, { ...running, state: 'stopping' }),
      made(job, 63, queued),
      made(job, 64, { state: 'canceled' }),
      made({ ...job, incarnation: 'former12' }, 65),
      made(job, 121),
    ]);
    const none = { pending: 0, running: 0, ok: 0, failed: 0, canceled: 0 };
    const query = { since: iso(START + 5 * SECOND), until: iso(START + 120 * SECOND) };
    const { activity } = listsOf(job.tenant);

    expect((await activity(query)).body).toEqual({
      slot_seconds: 60,
      slots: [
        // The first slot is complete, even if the range starts within it.
        { start: iso(START), ...none, ok: 1, failed: 1 },
        { start: iso(START + 60 * SECOND), ...none, failed: 1, running: 2, pending: 1, canceled: 1 },
        { start: iso(START + 120 * SECOND), ...none },
      ],
    });
    expect((await activity({ ...query, job_id: 'other', slot_seconds: '3600' })).body.slots).toEqual([
      { start: iso(START), ...none, failed: 1, running: 2 },
    ]);
  });

  it('filters by trigger, for scripts and flows', async () => {
    const job = await givenJob();
    const flow = aFlowJob({ tenant: job.tenant });
    await createJob(store.db, flow);
    const tick = iso(START + 3 * SECOND);
    const tickOf = ({ id, tenant, incarnation }: Job) => ({
      ulid: tickUlid({ tenant, jobId: id, incarnation }, tick),
      trigger: 'schedule' as const,
      scheduledAt: tick,
    });
    await putRuns(store.db, [
      made(job, 1),
      made(job, 2, failed),
      made(job, 3, { ...failed, ...tickOf(job) }),
      aFlowRun(flow, START + 4 * SECOND, { trigger: 'manual' }),
      aFlowRun(flow, START + 5 * SECOND, { trigger: 'restart' }),
      aFlowRun(flow, START + 6 * SECOND, { trigger: 'restart' }),
      aFlowRun(flow, START + 7 * SECOND, tickOf(flow)),
    ]);
    const { activity, list } = listsOf(job.tenant);
    const query = { since: iso(START), until: iso(START + 59 * SECOND) };
    const counted = async (trigger: string) => {
      const [slot] = (await activity({ ...query, trigger })).body.slots;
      const { pending = 0, running = 0, ok = 0, failed: bad = 0, canceled = 0 } = slot ?? {};
      return { all: pending + running + ok + bad + canceled, failed: bad };
    };

    expect(await counted('schedule')).toEqual({ all: 2, failed: 1 });
    expect(await counted('manual')).toEqual({ all: 3, failed: 1 });
    expect(await counted('restart')).toEqual({ all: 2, failed: 0 });
    for (const trigger of ['schedule', 'manual', 'restart']) {
      expect((await list({ ...query, trigger })).body.runs).toHaveLength((await counted(trigger)).all);
    }
    expect(await activity({ trigger: 'chance' })).toMatchObject({
      status: 400,
      body: { error: 'trigger: must be schedule or manual or restart or after, got "chance"' },
    });
  });

  test('agrees with the list for any number of key pages', async () => {
    const job = await givenJob();
    const states = [{}, failed, {}, queued] as const;
    await putRuns(
      store.db,
      Array.from({ length: 2_100 }, (_, i) => ticked(job, START + i, 0, i, states[i % states.length])),
    );
    const { activity, list } = listsOf(job.tenant);

    const [slot] = (await activity({ since: iso(START), until: iso(START + 59_999) })).body.slots;

    expect(slot).toMatchObject({ ok: 1_050, failed: 525, pending: 525 });
    // The list is complete with any page size.
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: { body: RunsBody } = await list({ status: 'error,pending', limit: '70', cursor });
      seen.push(...body.runs.map(({ id }) => id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(Array.from({ length: 2_100 }, (_, i) => 2_099 - i).filter((i) => i % 2 === 1));
    expect((await list({ status: 'error', limit: '1000' })).body.runs).toHaveLength(525);
  });

  test('covers the last hour by default', async () => {
    const job = await givenJob();
    const { body } = await listsOf(job.tenant, { now: START + 30 * SECOND }).activity();

    expect(body.slots).toHaveLength(61);
    expect(body.slots.at(-1)).toMatchObject({ start: iso(START) });
  });

  test('rejects a range with too many slots or too many runs', async () => {
    const job = await givenJob();
    const { activity } = listsOf(job.tenant);
    const week = { since: iso(START - 7 * DAY_MS), until: iso(START) };

    expect(await activity(week)).toMatchObject({
      status: 400,
      body: { error: 'slot_seconds: must be at least 1210 for this time, got 60: at most 500 slots' },
    });
    expect((await activity({ ...week, slot_seconds: '1209' })).status).toBe(400);
    expect((await activity({ ...week, slot_seconds: '1213' })).body.slots).toHaveLength(500);
    for (const slot of ['59', '86401', '6e1']) {
      expect((await activity({ slot_seconds: slot })).body.error).toMatch(/^slot_seconds: must be a whole number of/);
    }
    expect((await listsOf(job.tenant, { budget: { keys: 0 } }).activity()).body.error).toMatch(
      /^since: there are too many runs to count: 0 runs were looked through/,
    );
  });
});
