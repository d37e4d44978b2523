import { describe, expect, test } from 'vitest';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { toMetricsView } from '../../../../../functions/api/integrations/metrics.ts';
import { integrationsSurface } from '../../../../../functions/api/integrations/surface.ts';
import { getStats } from '../../../../../functions/api/runner/stats.ts';
import type { Caller } from '../../../../../functions/core/domain/access.ts';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import { putMany } from '../../../../../functions/core/store/db.ts';
import { fromRun } from '../../../../../functions/core/store/run-item.ts';
import { givenJobCounts, givenRuns } from '../../../../helpers/builders/counted-runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../helpers/fakes/recording-db.ts';

const MINUTE = 60_000;

const db = memoryDb();

const queued: Partial<Run> = { state: 'queued', startedAt: null, finishedAt: null, attempt: 0 };
const running: Partial<Run> = { state: 'running', finishedAt: null };

/** Creates a tenant with runs, one minute after the newest, on a store that records its requests. */
async function given(...overrides: readonly Partial<Run>[]) {
  const platform = testPlatform(db);
  const job = aJob();
  await givenRuns(platform, ...overrides.map((override, i) => endedRun(job, i + 1, override)));
  platform.advance(MINUTE);
  const { db: seen, requests } = recordCommands(db);
  const caller: Caller = { tenant: job.tenant, roles: ['MANAGER'], name: 'ana@acme.test' };
  const handler = createSurfaceHandler({
    ...integrationsSurface,
    dependencies: () => ({ db: seen, now: platform.now }),
    verify: async () => caller,
    log: platform.log,
  });
  return {
    platform,
    job,
    requests,
    metrics: (query: Record<string, string> = {}) => {
      const headers = { authorization: 'Bearer a.b.c' };
      return invokeHandler(handler, { routeKey: 'GET /api/integrations/jobs/metrics', headers, query });
    },
    stats: async () => {
      const request = {
        caller,
        params: {},
        query: {},
        body: {},
        headers: {},
        remainingMs: () => 1_000,
        mayWait: async () => true,
        countRequest: async () => {},
      };
      return (await getStats.handle(request, { db: seen, now: platform.now })).body;
    },
  };
}

const nothing = {
  pendingCount: 0,
  processingCount: 0,
  failedCount: 0,
  oldestPendingAgeMs: null,
  lastRunAt: null,
  lastRunDurationMs: null,
};

describe('GET /api/integrations/jobs/metrics', () => {
  test('returns the six fields with two GetItems, one Query for each class of active runs, and the rows of admitted runs', async () => {
    const failed: Partial<Run> = { state: 'failed', startedAt: new Date(START + 6_300).toISOString() };
    const { metrics, requests } = await given({}, queued, queued, running, { ...running, state: 'stopping' }, failed);

    const { status, body } = await metrics();

    expect(status).toBe(200);
    expect(body).toEqual({
      pendingCount: 2,
      processingCount: 2,
      failedCount: 1,
      // The second run was created two seconds after the start.
      oldestPendingAgeMs: MINUTE - 2_000,
      lastRunAt: new Date(START + 7_000).toISOString(),
      lastRunDurationMs: 700,
    });
    const queries = Array.from({ length: 5 }, () => 'Query');
    expect(requests).toEqual(['GetItem', 'GetItem', ...queries, 'BatchGetItem']);
  });

  test('returns zero and null without runs, with one GetItem', async () => {
    const { metrics, requests } = await given();

    expect((await metrics()).body).toEqual(nothing);
    expect(requests).toEqual(['GetItem']);
  });

  test('counts only the runs of the requested integration', async () => {
    const { metrics } = await given(
      queued,
      { ...queued, integrationId: 'meta' },
      { ...queued, integrationId: 'shop' },
      { ...queued, integrationId: 'shop' },
      { state: 'failed', integrationId: 'meta', startedAt: new Date(START + 5_995).toISOString() },
      { integrationId: 'shop', startedAt: new Date(START + 6_991).toISOString() },
    );

    const last = (second: number, lastRunDurationMs: number) => {
      return { lastRunAt: new Date(START + second * 1_000).toISOString(), lastRunDurationMs };
    };
    const all = { ...nothing, pendingCount: 4, failedCount: 1, oldestPendingAgeMs: MINUTE - 1_000, ...last(7, 9) };
    const shop = { ...nothing, pendingCount: 2, oldestPendingAgeMs: MINUTE - 3_000, ...last(7, 9) };
    const meta = { ...nothing, pendingCount: 1, failedCount: 1, oldestPendingAgeMs: MINUTE - 2_000, ...last(6, 5) };
    expect((await metrics()).body).toEqual(all);
    expect((await metrics({ integrationId: 'shop' })).body).toEqual(shop);
    expect((await metrics({ integrationId: 'meta' })).body).toEqual(meta);
    expect((await metrics({ integrationId: 'unknown' })).body).toEqual(nothing);
  });

  test('finds the oldest run of an integration behind thousands of others, or reports that it cannot', async () => {
    const { metrics, job, platform } = await given({
      ...queued,
      integrationId: 'shop',
      createdAt: '2031-05-06T10:00:30.000Z',
    });
    const others = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) =>
        fromRun(endedRun(job, 100 + from + i, { ...queued, createdAt: '2031-05-06T10:00:00.000Z' })),
      );
    await putMany(db, db.tables.runs, others(0, 1_999));

    expect((await metrics({ integrationId: 'shop' })).body).toMatchObject({
      pendingCount: 1,
      oldestPendingAgeMs: 30_000,
    });
    await putMany(db, db.tables.runs, others(1_999, 2_000));
    expect(await metrics({ integrationId: 'shop' })).toMatchObject({
      status: 400,
      body: {
        statusCode: 400,
        message:
          "integrationId: none of the 2000 oldest pending runs is of 'shop'; ask when fewer wait, or without integrationId",
        error: 'Bad Request',
      },
    });
    expect((await metrics()).body).toMatchObject({ oldestPendingAgeMs: MINUTE });
    expect(platform.now()).toBe(START + MINUTE);
  });

  test('omits pending runs that were claimed after they were counted', () => {
    const counter = { current: { queued: 3, running: 1 }, last: null };

    expect(toMetricsView(counter, undefined, START)).toMatchObject({ pendingCount: 0, oldestPendingAgeMs: null });
    expect(toMetricsView(counter, new Date(START - 5).toISOString(), START)).toMatchObject({
      pendingCount: 3,
      oldestPendingAgeMs: 5,
    });
  });

  test('reports the age 0 for a run that a fast clock created', () => {
    const view = toMetricsView({ current: { queued: 1 }, last: null }, new Date(START + 40).toISOString(), START);
    expect(view.oldestPendingAgeMs).toBe(0);
  });

  test.each<[Record<string, string>, string]>([
    [
      { integrationId: '' },
      'integrationId: must be 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, got ""',
    ],
    [{ integrationId: 'a b' }, 'integrationId: must be 1–64 of'],
    [{ integrationid: 'shop' }, "query: unknown query parameter 'integrationid'; did you mean 'integrationId'?"],
  ])('rejects the query %j', async (query, message) => {
    const { metrics } = await given();

    expect(await metrics(query)).toMatchObject({
      status: 400,
      body: { statusCode: 400, message: expect.stringContaining(message), error: 'Bad Request' },
    });
  });
});

describe('GET /stats', () => {
  const endedAt = (minutesAgo: number, override: Partial<Run> = {}): Partial<Run> => ({
    finishedAt: new Date(START + MINUTE - minutesAgo * MINUTE).toISOString(),
    ...override,
  });

  test('returns the five fields of the job runner contract with one GetItem and one Query', async () => {
    const failed = { state: 'failed' } as const;
    const timeout = { ...failed, failure: { kind: 'timeout', message: 'over 2000 ms' } } as const;
    const { stats, platform, job, requests } = await given(
      queued,
      running,
      { ...running, state: 'stopping' },
      endedAt(0),
      endedAt(30),
      endedAt(59),
      endedAt(60),
      endedAt(61, failed),
      endedAt(1, failed),
      endedAt(59, timeout),
      endedAt(2, { state: 'canceled' }),
    );
    await givenJobCounts(platform, job.tenant, 28, 1);

    expect(await stats()).toEqual({
      totalJobs: 28,
      running: 2,
      failedRegistrations: 1,
      okLastHour: 3,
      errorsLastHour: 2,
    });
    expect(requests.sort()).toEqual(['GetItem', 'Query']);

    platform.advance(MINUTE);
    expect(await stats()).toMatchObject({ okLastHour: 2, errorsLastHour: 1 });
    await givenJobCounts(platform, job.tenant, -1, -1);
    expect(await stats()).toMatchObject({ totalJobs: 27, failedRegistrations: 0 });
  });

  test('returns zero without runs', async () => {
    const { stats } = await given();

    expect(await stats()).toEqual({
      totalJobs: 0,
      running: 0,
      failedRegistrations: 0,
      okLastHour: 0,
      errorsLastHour: 0,
    });
  });
});
