import { describe, expect, test } from 'vitest';
import { loadLimitsView } from '../../../../../functions/api/administration/limits.ts';
import type { JobRequest } from '../../../../../functions/api/definition/job-request.ts';
import { jobRequest } from '../../../../../functions/api/definition/job-request.ts';
import { changeJob, defineJob } from '../../../../../functions/api/definition/write-job.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { LimitReached } from '../../../../../functions/core/domain/limits.ts';
import type { TickMessage } from '../../../../../functions/core/domain/messages.ts';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { dispatchTick } from '../../../../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../../../../functions/core/engine/start/trigger-job.ts';
import { RequestLimiter } from '../../../../../functions/core/platform/request-limiter.ts';
import type { Db } from '../../../../../functions/core/store/db.ts';
import { remove } from '../../../../../functions/core/store/db.ts';
import { getJobCount, recountJobs } from '../../../../../functions/core/store/job-counts.ts';
import { createJob, deleteJob, getJob, listJobs } from '../../../../../functions/core/store/jobs.ts';
import { jobCountKey, jobKey } from '../../../../../functions/core/store/keys.ts';
import { putLimits } from '../../../../../functions/core/store/limits.ts';
import { listHistory } from '../../../../../functions/core/store/run-lists.ts';
import { givenRuns } from '../../../../helpers/builders/counted-runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob, givenJob, newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../helpers/fakes/recording-db.ts';

const store = { db: memoryDb() };

const definition = (fields: object): JobRequest =>
  jobRequest().parse({ name: 'A job', http: { url: 'https://example.com/' }, ...fields });
const iso = (time: number) => new Date(time).toISOString();

/** Returns the LimitReached with which a promise rejects. */
async function refusal(promise: Promise<unknown>): Promise<LimitReached> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LimitReached) return error;
  throw new Error(`not refused by a limit, but ${String(error)}`);
}

describe('the limit of jobs', () => {
  test('holds under concurrent creation', async () => {
    const platform = testPlatform(store.db, { jobs: 5 });
    const tenant = newTenant();

    const defined = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => defineJob(platform, tenant, definition({ id: `job-${i}` }))),
    );

    expect(defined.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await listJobs(store.db, tenant)).toHaveLength(5);
    const refused = await refusal(defineJob(platform, tenant, definition({ id: 'more' })));
    expect(refused).toMatchObject({ kind: 'limited', code: 'limit.jobs', retryAfterSeconds: null });
    expect(refused.message).toMatch(/^jobs: the tenant may have 5 jobs and has 5; delete one, or ask/);
  });

  test('admits one further job after concurrent deletes of one job', async () => {
    const platform = testPlatform(store.db, { jobs: 1 });
    const tenant = newTenant();
    const job = await defineJob(platform, tenant, definition({ id: 'one' }));

    const deleted = await Promise.all([1, 2, 3].map(() => deleteJob(store.db, job, iso(START))));

    expect(deleted.filter(Boolean)).toHaveLength(1);
    expect(await getJobCount(store.db, tenant)).toBe(0);
    await defineJob(platform, tenant, definition({ id: 'two' }));
    await refusal(defineJob(platform, tenant, definition({ id: 'three' })));
  });

  test('counts a job once if its id exists already', async () => {
    const platform = testPlatform(store.db, { jobs: 2 });
    const tenant = newTenant();
    await defineJob(platform, tenant, definition({ id: 'one' }));

    await expect(defineJob(platform, tenant, definition({ id: 'one' }))).rejects.toMatchObject({ code: 'job.exists' });

    expect(await getJobCount(store.db, tenant)).toBe(1);
  });

  test.each(['made', 'deleted'])('initializes a missing count when a job is %s', async (what) => {
    const tenant = newTenant();
    const [first, second] = [aJob({ tenant, id: 'a' }), aJob({ tenant, id: 'b' })];
    for (const job of [first, second]) await createJob(store.db, job, 10);
    await remove(store.db, store.db.tables.access, jobCountKey(tenant));

    if (what === 'made') await createJob(store.db, aJob({ tenant, id: 'c' }), 3);
    else await deleteJob(store.db, first, iso(START));

    expect(await getJobCount(store.db, tenant)).toBe(what === 'made' ? 3 : 1);
    if (what === 'made') await refusal(createJob(store.db, aJob({ tenant, id: 'd' }), 3));
  });

  test('corrects a wrong count unless a job changes meanwhile', async () => {
    const tenant = newTenant();
    for (const id of ['a', 'b', 'c']) await createJob(store.db, aJob({ tenant, id }), 10);
    await remove(store.db, store.db.tables.jobs, jobKey(tenant, 'a'));
    const { db } = store;
    const send = db.client.send.bind(db.client);
    let counted = 0;
    const racing = Object.assign(Object.create(db.client) as typeof db.client, {
      send: async (command: Parameters<typeof send>[0]) => {
        // Creates a job between the count and the write of its result.
        if (command.constructor.name === 'UpdateItemCommand' && counted++ === 0) {
          await createJob(db, aJob({ tenant, id: 'd' }), 10);
        }
        return send(command);
      },
    });

    await recountJobs({ ...db, client: racing }, tenant);
    expect(await getJobCount(db, tenant)).toBe(4);

    await recountJobs(db, tenant);
    expect(await getJobCount(db, tenant)).toBe(3);
  });

  test('keeps existing jobs when it is lowered, and rejects new ones', async () => {
    const platform = testPlatform(store.db);
    const tenant = newTenant();
    for (const id of ['a', 'b']) await defineJob(platform, tenant, definition({ id }));
    await putLimits(store.db, tenant, { jobs: 1 });

    const { message } = await refusal(defineJob(platform, tenant, definition({ id: 'c' })));

    expect(message).toMatch(/may have 1 jobs and has 2/);
    expect(await listJobs(store.db, tenant)).toHaveLength(2);
  });
});

describe('the minimum interval', () => {
  const limits = { minIntervalSeconds: 3_600 };

  test.each([
    ['* * * * *', 60],
    ['0,50 * * * *', 600],
    ['59 23 * * *', undefined],
    ['0,59 0,23 * * *', 60],
    ['rate(59 minutes)', 3_540],
    ['rate(1 hour)', undefined],
    ['0 * * * *', undefined],
    ['at(2041-05-01T00:00:00)', undefined],
    ['30 12 1 * MON', undefined],
  ])('allows or rejects %s, whose smallest interval is %s s', async (schedule, seconds) => {
    const platform = testPlatform(store.db, limits);
    const tenant = newTenant();

    const defining = defineJob(platform, tenant, definition({ id: 'a', schedule }));

    if (seconds === undefined) {
      expect(await defining).toMatchObject({ schedule });
      return;
    }
    const refused = await refusal(defining);
    expect(refused).toMatchObject({ code: 'limit.minIntervalSeconds', retryAfterSeconds: null });
    expect(refused.message).toMatch(
      `minIntervalSeconds: the tenant's schedules may fire 3600 s apart at the closest, and this one does ${seconds} s`,
    );
  });

  test('applies to a changed schedule and not to an unchanged one', async () => {
    const platform = testPlatform(store.db, limits);
    const job = await givenJob(platform, { schedule: '* * * * *' });
    const find = async () => (await getJob(store.db, job.tenant, job.id)) as Job;

    expect(await changeJob(platform, find, () => ({ name: 'Another' }))).toMatchObject({ name: 'Another' });
    await refusal(changeJob(platform, find, () => ({ schedule: '*/2 * * * *' })));
    expect(await changeJob(platform, find, () => ({ schedule: null }))).toMatchObject({ schedule: null });
  });
});

describe('the limit of stored bytes', () => {
  const limits = { storedBytes: 1_000 };
  const tick = (job: Job, scheduledAt = iso(START)): TickMessage => ({
    v: 1,
    tenant: job.tenant,
    jobId: job.id,
    incarnation: job.incarnation,
    scheduledAt,
  });

  async function given(storedBytes: number): Promise<{ platform: TestPlatform; job: Job }> {
    const platform = testPlatform(store.db, limits);
    const job = await givenJob(platform);
    await givenRuns(platform, endedRun(job, 1, { storedBytes }));
    return { platform, job };
  }

  test('allows triggers below the limit', async () => {
    const { platform, job } = await given(999);

    await triggerJob(platform, job);

    expect(platform.sent).toHaveLength(1);
  });

  test('rejects definitions and triggers above the limit, and skips ticks with the reason', async () => {
    const { platform, job } = await given(1_000);

    const refused = await refusal(triggerJob(platform, job));
    await refusal(defineJob(platform, job.tenant, definition({ id: 'more' })));
    await dispatchTick(platform, tick(job));

    expect(refused).toMatchObject({ code: 'limit.storedBytes', retryAfterSeconds: null });
    expect(refused.message).toMatch(/may have 1000 bytes and has 1000; delete jobs, wait until old runs go/);
    expect(platform.sent).toEqual([]);
    const [skipped] = await listHistory(
      store.db,
      { ...job, jobId: job.id },
      { limit: 1, now: START, states: ['skipped'] },
    );
    expect(skipped).toMatchObject({ state: 'skipped', reason: 'storage', scheduledAt: iso(START) });
  });

  test('decides once about each tick', async () => {
    const { platform, job } = await given(0);
    await dispatchTick(platform, tick(job));
    await givenRuns(platform, endedRun(job, 2, { storedBytes: 5_000 }));
    platform.advance(60_000);

    await dispatchTick(platform, tick(job));

    expect(platform.sent).toHaveLength(2);
    expect(
      await listHistory(store.db, { ...job, jobId: job.id }, { limit: 9, now: START, states: ['skipped'] }),
    ).toEqual([]);
  });

  test('caches the stored bytes of a tenant near its limit for 10 seconds', async () => {
    const { platform, job } = await given(10);
    const free = { ...job, overlapPolicy: 'allow' as const };
    await triggerJob(platform, free);
    await givenRuns(platform, endedRun(job, 2, { storedBytes: 5_000 }));

    platform.advance(9_999);
    const cached = await triggerJob(platform, free);
    platform.advance(1);

    expect(cached).toMatchObject({ state: 'queued' });
    await expect(triggerJob(platform, free)).rejects.toMatchObject({ code: 'limit.storedBytes' });
  });
});

describe('the limit of compute time', () => {
  const limits = { computeSecondsPerMonth: 60 };
  const tick = (job: Job): TickMessage => {
    const { tenant, incarnation } = job;
    return { v: 1, tenant, jobId: job.id, incarnation, scheduledAt: iso(START) };
  };
  const skippedOf = (job: Job) =>
    listHistory(store.db, { ...job, jobId: job.id }, { limit: 9, now: START, states: ['skipped'] });

  /** A tenant whose run took this time, in milliseconds. */
  async function given(executionMs: number, startedAt = iso(START)): Promise<{ platform: TestPlatform; job: Job }> {
    const platform = testPlatform(store.db, limits);
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    await givenRuns(platform, endedRun(job, 1, { executionMs, startedAt }));
    return { platform, job };
  }

  test('allows triggers and ticks below the limit', async () => {
    const { platform, job } = await given(59_999);

    await triggerJob(platform, job);
    await dispatchTick(platform, tick(job));

    expect(platform.sent).toHaveLength(2);
    expect(await skippedOf(job)).toEqual([]);
  });

  test('rejects triggers at the limit, skips ticks with the reason, and allows definitions', async () => {
    const { platform, job } = await given(60_000);

    const refused = await refusal(triggerJob(platform, job));
    await dispatchTick(platform, tick(job));
    const defined = await defineJob(platform, job.tenant, definition({ id: 'more' }));

    expect(refused).toMatchObject({ code: 'limit.computeSecondsPerMonth', retryAfterSeconds: null });
    expect(refused.message).toBe(
      "computeSecondsPerMonth: the tenant's runs may take 60 seconds of compute time a month and have taken 60 in " +
        '2031-05 (UTC); wait until 2031-06-01T00:00:00.000Z, or ask the operator for more',
    );
    expect(platform.sent).toEqual([]);
    expect(await skippedOf(job)).toMatchObject([{ reason: 'compute', scheduledAt: iso(START) }]);
    expect(defined).toMatchObject({ id: 'more' });
  });

  test('does not count the time of other months', async () => {
    const { platform, job } = await given(600_000, '2031-04-30T23:59:59.999Z');

    await triggerJob(platform, job);

    expect(platform.sent).toHaveLength(1);
  });

  test('allows triggers again from the first instant of the next month', async () => {
    const { platform, job } = await given(60_000);
    platform.advance(Date.UTC(2031, 5, 1) - START - 1);
    const before = await refusal(triggerJob(platform, job));

    platform.advance(1);
    await triggerJob(platform, job);

    expect(before.limit).toBe('computeSecondsPerMonth');
    expect(platform.sent).toHaveLength(1);
  });

  test('applies a higher limit to the next trigger', async () => {
    const { platform, job } = await given(60_000);
    await refusal(triggerJob(platform, job));

    await putLimits(store.db, job.tenant, { computeSecondsPerMonth: 61 });
    await triggerJob(platform, job);

    expect(platform.sent).toHaveLength(1);
  });
});

describe('RequestLimiter', () => {
  const limits = { requestsPerSecond: 10, requestBurst: 40 };
  const limiterOf = (platform: TestPlatform, db = platform.db) => new RequestLimiter({ ...platform, dbOf: () => db });

  async function pass(limiter: RequestLimiter, tenant: TenantId, times: number): Promise<number> {
    let passed = 0;
    for (let i = 0; i < times; i++) {
      await limiter.acquire(tenant).then(
        () => passed++,
        () => {},
      );
    }
    return passed;
  }

  test('keeps all instances together within rate and burst', async () => {
    const platform = testPlatform(store.db, limits);
    const tenant = newTenant();
    const instances = Array.from({ length: 8 }, () => limiterOf(platform));
    let passed = 0;

    for (let second = 0; second < 5; second++) {
      for (let tenth = 0; tenth < 10; tenth++) {
        passed += (await Promise.all(instances.map((instance) => pass(instance, tenant, 3)))).reduce((a, b) => a + b);
        platform.advance(100);
      }
    }

    expect(passed).toBeLessThanOrEqual(10 * 5 + 40);
    expect(passed).toBeGreaterThanOrEqual(10 * 5);
  });

  test('rejects a request above the limit with a retry time', async () => {
    const platform = testPlatform(store.db, limits);
    const [tenant, other] = [newTenant(), newTenant()];
    const limiter = limiterOf(platform);
    const passed = await pass(limiter, tenant, 40);

    const refused = await refusal(limiter.acquire(tenant));

    expect(passed).toBeGreaterThanOrEqual(20);
    expect(refused).toMatchObject({ kind: 'limited', code: 'limit.requestsPerSecond', retryAfterSeconds: 1 });
    expect(refused.message).toBe(
      'requestsPerSecond: the tenant may make 10 requests a second, 40 at once, and has made more; wait 1 s, or ask the ' +
        'operator for more',
    );
    await limiter.acquire(other);
    platform.advance(1_000);
    await limiter.acquire(tenant);
  });

  test('reads no bucket for requests that it rejects in a row', async () => {
    const platform = testPlatform(store.db, limits);
    const tenant = newTenant();
    const { db, requests } = recordCommands(store.db);
    const limiter = limiterOf(platform, db);
    await pass(limiter, tenant, 60);
    requests.length = 0;

    expect(await pass(limiter, tenant, 100)).toBe(0);

    expect(requests).toEqual([]);
  });

  test('shares one read among concurrent requests', async () => {
    const platform = testPlatform(store.db, { requestsPerSecond: 100, requestBurst: 400 });
    const { db, requests } = recordCommands(store.db);
    const limiter = limiterOf(platform, db);
    const tenant = newTenant();
    await limiter.acquire(tenant);
    requests.length = 0;

    await Promise.all([1, 2, 3, 4, 5, 6].map(() => limiter.acquire(tenant)));

    expect(requests).toEqual(['UpdateItem']);
  });

  test('passes requests and logs a warning when the bucket cannot be read', async () => {
    const platform = testPlatform(store.db, limits);
    const client = { send: async () => Promise.reject(new Error('throttled')) } as unknown as Db['client'];

    await limiterOf(platform, { ...store.db, client }).acquire(newTenant());

    expect(platform.logged).toMatchObject([{ level: 'warn', message: 'limit.bypassed' }]);
  });

  test("applies the tenant's own rate 30 s after it was set", async () => {
    const platform = testPlatform(store.db, limits);
    const tenant = newTenant();
    const limiter = limiterOf(platform);
    await pass(limiter, tenant, 40);
    await putLimits(store.db, tenant, { requestsPerSecond: 100, requestBurst: 400 });
    await refusal(limiter.acquire(tenant));

    platform.advance(30_000);

    expect(await pass(limiter, tenant, 200)).toBe(200);
  });

  test('recovers from a bucket that a fast clock filled', async () => {
    const platform = testPlatform(store.db, limits);
    const tenant = newTenant();
    const ahead = testPlatform(store.db, limits);
    ahead.advance(1_000);
    await pass(limiterOf(ahead), tenant, 100);

    const limiter = limiterOf(platform);
    await refusal(limiter.acquire(tenant));
    platform.advance(3_500);

    await limiter.acquire(tenant);
  });
});

describe('loadLimitsView', () => {
  test('returns the limits, the overridden ones, their use and the queue', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const queued = { state: 'queued', startedAt: null, finishedAt: null, attempt: 0, executionMs: null } as const;
    await givenRuns(
      platform,
      endedRun(job, 1, { storedBytes: 77, executionMs: 61_999, priorComputeMs: 2_000 }),
      endedRun(job, 2, { state: 'running', finishedAt: null, executionMs: null }),
      endedRun(job, 3, { ...queued, createdAt: iso(START - 90_500) }),
    );
    await putLimits(store.db, job.tenant, { jobs: 3, storedBytes: 5_000_000 });
    await putLimits(store.db, job.tenant, { jobs: null });

    expect(await loadLimitsView(platform, job.tenant)).toEqual({
      limits: {
        concurrentRuns: 10,
        concurrentTasks: 20,
        retentionDays: 30,
        jobs: 1_000,
        minIntervalSeconds: 60,
        storedBytes: 5_000_000,
        computeSecondsPerMonth: null,
        delayedRuns: 1_000,
        requestsPerSecond: 50,
        requestBurst: 400,
        hostRequestsPerSecond: 50,
      },
      own: ['storedBytes'],
      used: { jobs: 1, concurrentRuns: 1, storedBytes: 77, computeSecondsPerMonth: 63 },
      queue: { pendingRuns: 1, oldestPendingSeconds: 90, lateStarts: 0, lateFinishes: 0 },
    });
  });

  test('returns the defaults for an unknown tenant', async () => {
    const view = await loadLimitsView(testPlatform(store.db), newTenant());

    expect(view).toMatchObject({
      own: [],
      used: { jobs: 0, concurrentRuns: 0, storedBytes: 0, computeSecondsPerMonth: 0 },
    });
    expect(view.queue).toEqual({ pendingRuns: 0, oldestPendingSeconds: null, lateStarts: 0, lateFinishes: 0 });
  });
});
