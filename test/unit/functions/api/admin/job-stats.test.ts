import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatPercent, formatSeconds } from '../../../../../functions/api/admin/format.ts';
import { type JobStatsView, toJobStatsView } from '../../../../../functions/api/admin/job-stats.ts';
import { adminSurface } from '../../../../../functions/api/admin/surface.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import type { Run, RunState } from '../../../../../functions/core/domain/run.ts';
import { REMOVAL_MS } from '../../../../../functions/core/domain/run-removal.ts';
import { DAY_MS } from '../../../../../functions/core/domain/timing.ts';
import { givenRuns } from '../../../../helpers/builders/counted-runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob, givenJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../helpers/fakes/recording-db.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

describe('formatSeconds', () => {
  test.each([
    [45_000, '45s'],
    [38_000, '38s'],
    [400, '0.4s'],
    [0, '0.0s'],
    [49, '0.0s'],
    [50, '0.1s'],
    [3_000, '3.0s'],
    [9_949, '9.9s'],
    [9_950, '10s'],
    [10_499, '10s'],
    [10_500, '11s'],
    [90_000, '90s'],
    [86_400_000, '86400s'],
    [1_250.4, '1.3s'],
  ])('formats %d ms as %s', (ms, text) => {
    expect(formatSeconds(ms)).toBe(text);
  });

  test('rounds to the precision of the format', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        const text = formatSeconds(ms);
        expect(text).toMatch(/^(\d\.\d|[1-9]\d+)s$/);
        const off = Math.abs(Number.parseFloat(text) - ms / 1_000);
        expect(off).toBeLessThanOrEqual(text.includes('.') ? 0.0501 : 0.5001);
      }),
    );
  });
});

describe('formatPercent', () => {
  test.each([
    [1250, 1252, '99.8%'],
    [7, 7, '100%'],
    [0, 3, '0%'],
    [1, 2, '50%'],
    [2, 3, '66.7%'],
    [1, 3, '33.3%'],
    [9_996, 10_000, '99.9%'],
    [999_999, 1_000_000, '99.9%'],
    [1, 1_000_000, '0.1%'],
    [0, 0, null],
  ])('formats %d of %d as %s', (part, whole, text) => {
    expect(formatPercent(part, whole)).toBe(text);
  });

  test('rounds to one decimal and returns 0% or 100% only for empty or complete shares', () => {
    const counts = fc.nat(1e7).chain((whole) => fc.tuple(fc.nat(whole), fc.constant(whole + 1)));
    fc.assert(
      fc.property(counts, ([part, whole]) => {
        const text = formatPercent(part, whole) ?? '';
        expect(text).toMatch(/^(0|[1-9]\d?|0\.[1-9]|[1-9]\d?\.[1-9])%$/);
        expect(Math.abs(Number.parseFloat(text) - (100 * part) / whole)).toBeLessThan(0.1001);
        expect(text === '0%').toBe(part === 0);
      }),
    );
  });
});

describe('toJobStatsView', () => {
  const nothing = { current: {}, total: {}, last: null };
  const job = aJob({ id: 'tokenExpiry', schedule: '0 */6 * * *' });
  const nextRun = '2031-05-06T18:00:00.000Z';

  test('returns the fields of the admin job stats contract', () => {
    const start = '2031-05-06T12:00:00.000Z';
    const counter = {
      current: { completed: 1250, failed: 2, canceled: 1, queued: 0, running: 0 },
      total: { completed: 1250, failed: 2, canceled: 1, timed: 1252, ms: 1252 * 45_000 },
      last: { finishedAt: '2031-05-06T12:00:38.000Z', startedAt: start, durationMs: 38_000 },
    };
    const run = endedRun(job, 7, { startedAt: start, finishedAt: counter.last.finishedAt, itemsProcessed: 150 });

    expect(toJobStatsView(job, counter, [run], nextRun)).toEqual({
      jobName: 'tokenExpiry',
      status: 'idle',
      queue: { pending: 0, processing: 0, failed: 2, completed: 1250 },
      performance: { averageExecutionTime: '45s', lastExecutionTime: '38s', successRate: '99.8%' },
      schedule: { cron: '0 */6 * * *', nextRun: '2031-05-06T18:00:00.000Z', lastRun: start },
      recentExecutions: [
        {
          id: `tokenExpiry.abc12345.${run.ulid}`,
          status: 'completed',
          startedAt: start,
          completedAt: '2031-05-06T12:00:38.000Z',
          itemsProcessed: 150,
        },
      ],
    });
  });

  test('returns null for a job without runs', () => {
    expect(toJobStatsView({ ...job, schedule: null }, nothing, [], null)).toEqual({
      jobName: 'tokenExpiry',
      status: 'idle',
      queue: { pending: 0, processing: 0, failed: 0, completed: 0 },
      performance: { averageExecutionTime: null, lastExecutionTime: null, successRate: null },
      schedule: { cron: null, nextRun: null, lastRun: null },
      recentExecutions: [],
    });
  });

  test.each<[string, boolean, Record<string, number>]>([
    ['disabled', false, { running: 1, queued: 1 }],
    ['running', true, { running: 1, queued: 1 }],
    ['running', true, { stopping: 1 }],
    ['pending', true, { queued: 1, running: 0 }],
    ['idle', true, { queued: 0, completed: 3, failed: 1 }],
  ])('reports the status %s', (status, enabled, current) => {
    expect(toJobStatsView({ ...job, enabled }, { ...nothing, current }, [], nextRun)).toMatchObject({ status });
  });

  test.each<[RunState, string]>([
    ['queued', 'pending'],
    ['running', 'processing'],
    ['stopping', 'processing'],
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
  ])('reports an execution in the state %s as %s', (state, status) => {
    const { recentExecutions } = toJobStatsView(job, nothing, [endedRun(job, 1, { state })], nextRun);
    expect(recentExecutions).toMatchObject([{ status }]);
  });

  test('reports the last start of an expired run and of a running one', () => {
    const at = (hour: number) => `2031-05-06T0${hour}:00:00.000Z`;
    const last = { finishedAt: at(4), startedAt: at(3), durationMs: 3_600_000 };
    const running = endedRun(job, 1, { state: 'running', startedAt: at(5), finishedAt: null });

    expect(toJobStatsView(job, { ...nothing, last }, [], nextRun).schedule.lastRun).toBe(at(3));
    expect(toJobStatsView(job, { ...nothing, last }, [running], nextRun).schedule.lastRun).toBe(at(5));
  });

  test('has no next run of a disabled job', () => {
    expect(toJobStatsView({ ...job, enabled: false }, nothing, [], null).schedule).toMatchObject({ nextRun: null });
  });
});

describe('GET /api/v1/admin/jobs/{jobName}/stats', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await startTestStore();
  });
  afterAll(() => store.stop());

  /** Starts the admin surface on a store that records its requests. */
  async function given(...overrides: readonly Partial<Run>[]) {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await givenRuns(platform, ...overrides.map((override, i) => endedRun(job, i + 1, override)));
    const { db, requests } = recordCommands(store.db);
    const handler = createSurfaceHandler({
      ...adminSurface,
      dependencies: () => ({ ...platform, db }),
      verify: async () => ({ tenant: job.tenant, roles: ['system_admin'], name: 'root@acme.test' }),
      log: platform.log,
    });
    const ask = async (jobName: string = job.id) => {
      const headers = { authorization: 'Bearer a.b.c', 'x-tenantid': job.tenant };
      const answer = await invokeHandler(handler, {
        routeKey: 'GET /api/v1/admin/jobs/{jobName}/stats',
        params: { jobName },
        headers,
      });
      return answer as typeof answer & { body: { data: JobStatsView } };
    };
    return { platform, ask, requests };
  }

  const many = <T>(n: number, one: T) => Array.from({ length: n }, () => one);
  const unstarted: Partial<Run> = { state: 'canceled', startedAt: null, attempt: 0 };
  const ids = ({ body }: { body: { data: JobStatsView } }) =>
    body.data.recentExecutions.map(({ id }) => Number(id.slice(-6)));

  test('needs two GetItem, a BatchGetItem for the pause and one Query, and one GetItem for a missing job', async () => {
    const { ask, requests } = await given(...many(30, {}), unstarted);

    expect(ids(await ask())).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21]);
    expect(requests.sort()).toEqual(['BatchGetItem', 'GetItem', 'GetItem', 'Query']);
    requests.length = 0;
    expect(await ask('another')).toMatchObject({ status: 404, body: { error: 'Job not found' } });
    expect(requests).toEqual(['GetItem']);
  });

  test('omits any number of runs that never started', async () => {
    const { ask, requests } = await given(...many(3, {}), ...many(45, unstarted));

    const answer = await ask();

    expect(ids(answer)).toEqual([3, 2, 1]);
    expect(answer.body.data.queue).toMatchObject({ completed: 3, pending: 0 });
    expect(requests.filter((request) => request === 'Query')).toHaveLength(3);
  });

  test('omits runs that must have been removed and keeps their totals', async () => {
    const { ask, platform } = await given({ finishedAt: new Date(START + 1_400).toISOString() });
    platform.advance(30 * DAY_MS + REMOVAL_MS);

    const { recentExecutions, performance, schedule } = (await ask()).body.data;

    expect(recentExecutions).toEqual([]);
    expect(performance).toEqual({ averageExecutionTime: '0.4s', lastExecutionTime: '0.4s', successRate: '100%' });
    expect(schedule.lastRun).toBe(new Date(START + 1_000).toISOString());
  });

  test('uses one timestamp for the response and its data', async () => {
    const { ask } = await given();
    const time = new Date(START).toISOString();

    expect((await ask()).body).toMatchObject({ success: true, timestamp: time, data: { generatedAt: time } });
  });

  test.each(['', 'a b', '-x', 'x'.repeat(65), 'a#b', '../x'])('rejects the job name "%s"', async (name) => {
    const { ask, requests } = await given();
    requests.length = 0;

    const { status, body } = await ask(name);

    expect(status).toBe(400);
    expect(body).toEqual({
      success: false,
      message: expect.stringMatching(/^jobName: must be 1–64 of .*, got '/),
      error: 'Invalid job name',
      timestamp: expect.any(String),
    });
    expect(requests).toEqual([]);
  });
});
