import { beforeEach, describe, expect, it } from 'vitest';
import { type Counter, CURRENT_PREFIX } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { aggregate } from '../../functions/core/engine/counters/aggregate.ts';
import { toCounterChanges } from '../../functions/core/engine/counters/counter-changes.ts';
import { MAX_REBUILD_MS } from '../../functions/core/engine/reconciliation/advance-rebuild.ts';
import { parseRebuildRequest } from '../../functions/core/engine/reconciliation/rebuild-request.ts';
import { rebuildTenant } from '../../functions/core/engine/reconciliation/rebuild-tenant.ts';
import { reconcileCounters } from '../../functions/core/engine/reconciliation/reconcile-counters.ts';
import { CONFIRM_AFTER_MS } from '../../functions/core/engine/reconciliation/reconcile-tenant.ts';
import { type HasTime, OutOfTimeError, type Pause } from '../../functions/core/platform/time-budget.ts';
import { getCounter, joinRebuild, listCounters } from '../../functions/core/store/counters.ts';
import { get, removeMany, update } from '../../functions/core/store/db.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { counterKey, PLATFORM_PARTITION, runKey } from '../../functions/core/store/keys.ts';
import { getGeneration } from '../../functions/core/store/limits.ts';
import { getRebuild } from '../../functions/core/store/rebuilds.ts';
import { putRegistration } from '../../functions/core/store/registrations.ts';
import { claimRun, finishRun, getRun, putRun, renewLease, touchRun } from '../../functions/core/store/runs.ts';
import { putTenant } from '../../functions/core/store/tenants.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { type StreamTap, tappedDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { listEveryRun } from '../helpers/oracles/recount.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let store: ReturnType<typeof tappedDb>;
let platform: TestPlatform;
let tenant: TenantId;

// Reconciliation reads all tenants, so each test has a store of its own.
beforeEach(async () => {
  store = tappedDb(['jobs', 'runs']);
  platform = testPlatform(store.db);
  tenant = newTenant();
  await putTenant(store.db, tenant);
});

const always: HasTime = () => true;
const iso = (time = platform.now()) => new Date(time).toISOString();

/** Advances the test clock instead of waiting. */
const pause: Pause = async (ms) => platform.advance(ms);

/** Delivers all pending stream records to the aggregator. */
async function countAll(): Promise<void> {
  for (const [i, tap] of store.taps.entries()) {
    await aggregate(
      platform,
      `shard-${i}`,
      (await tap.take()).flatMap((record) => toCounterChanges(record)),
    );
  }
}

/** A job whose runs were counted an hour ago. */
async function givenRuns(runs: readonly Partial<Run>[], overrides: Partial<Job> = {}): Promise<Job> {
  const job = await givenJob(platform, { tenant, ...overrides });
  for (const [i, run] of runs.entries()) {
    await putRun(store.db, endedRun(job, i, { integrationId: job.integrationId, ...run }));
  }
  await countAll();
  platform.advance(HOUR);
  return job;
}

const jobCounter = ({ id, incarnation }: Job): Counter => ({ kind: 'job', jobId: id, incarnation });
const TENANT: Counter = { kind: 'tenant' };
const PLATFORM: Counter = { kind: 'platform' };

async function corrupt(counter: Counter, add: Readonly<Record<string, number>>): Promise<void> {
  const attributes = Object.fromEntries(Object.entries(add).map(([name, n]) => [CURRENT_PREFIX + name, n]));
  await update(store.db, store.db.tables.counters, counterKey(tenant, counter), { add: attributes });
}

/** Runs a reconciliation and returns its logs and metrics. */
async function audit(hasTime = always, pausing = pause) {
  const before = platform.logged.length;
  await reconcileCounters(platform, hasTime, pausing);
  const logged = platform.logged.slice(before);
  return {
    drifts: logged.filter(({ message }) => message === 'counter.drifted').map(({ fields }) => fields),
    done: logged.find(({ message }) => message === 'reconciliation.completed')?.fields,
    published: platform.measured.findLast(({ message }) => message === 'stage.reconciled')?.values,
  };
}

describe('counter reconciliation', () => {
  it('publishes no drift for correct counters', async () => {
    await givenRuns([{}, { state: 'failed' }, { state: 'canceled' }], { integrationId: 'shop' });

    const { drifts, done, published } = await audit();

    expect(drifts).toEqual([]);
    expect(done).toEqual({ tenants: 1, of: 1, compared: 3, postponed: 0, drifting: 0 });
    expect(published).toEqual({ CounterDrift: 0 });
  });

  it('reports each wrong counter with its differences', async () => {
    const job = await givenRuns([{}, {}], { integrationId: 'shop' });
    await corrupt(TENANT, { completed: 3, jobs: -1 });
    await corrupt(jobCounter(job), { completed: -1, queued: 1 });
    await corrupt({ kind: 'integration', integrationId: 'shop' }, { failed: 2 });

    const { drifts, published } = await audit();

    expect(drifts).toHaveLength(3);
    expect(drifts).toEqual(
      expect.arrayContaining([
        { tenant, counter: 'TENANT', differences: { completed: 3, jobs: -1 }, drift: 4 },
        { tenant, counter: `JOB#${job.id}#${job.incarnation}`, differences: { completed: -1, queued: 1 }, drift: 2 },
        { tenant, counter: 'INT#shop', differences: { failed: 2 }, drift: 2 },
      ]),
    );
    expect(published).toEqual({ CounterDrift: 8 });
    expect(platform.measured).toContainEqual({ message: 'tenant.reconciled', values: { CounterDrift: 8 }, tenant });
  });

  it('reports runs without a counter and counters of deleted jobs', async () => {
    const job = await givenRuns([{}]);
    await deleteJob(store.db, job, iso());
    for (const tap of store.taps) await tap.take();
    await putRun(store.db, endedRun(job, 7));
    await tap(1).take();
    platform.advance(HOUR);

    const { drifts } = await audit();

    expect(drifts).toEqual([
      { tenant, counter: 'TENANT', differences: { completed: -1, jobs: 1 }, drift: 2 },
      { tenant, counter: `JOB#${job.id}#${job.incarnation}`, differences: { completed: -1 }, drift: 1 },
    ]);
  });

  it('skips a counter that changed in the last five minutes', async () => {
    const job = await givenRuns([{}]);
    await putRun(store.db, endedRun(job, 1));
    await countAll();
    await corrupt(TENANT, { failed: 1 });
    platform.advance(4 * MINUTE);

    expect((await audit()).drifts).toEqual([]);

    platform.advance(2 * MINUTE);
    expect((await audit()).drifts).toHaveLength(1);
  });

  it('skips counters of runs that changed in the last five minutes', async () => {
    const job = await givenRuns([{}]);
    await putRun(store.db, endedRun(job, 1, { state: 'queued', createdAt: iso(), startedAt: null, finishedAt: null }));
    platform.advance(4 * MINUTE);

    const { drifts, done } = await audit();

    expect(drifts).toEqual([]);
    expect(done).toMatchObject({ compared: 0 });
  });

  it('compares an idle job beside a busy one', async () => {
    const quiet = await givenRuns([{}], { id: 'quiet' });
    const busy = await givenRuns([], { id: 'busy' });
    await putRun(store.db, endedRun(busy, 1));
    await countAll();
    await corrupt(jobCounter(quiet), { failed: 1 });

    const { drifts, done } = await audit();

    expect(drifts).toMatchObject([{ counter: `JOB#quiet#${quiet.incarnation}`, differences: { failed: 1 } }]);
    expect(done).toMatchObject({ compared: 1 });
  });

  it('discards a difference that a second recount does not confirm', async () => {
    const job = await givenRuns([{ state: 'running', finishedAt: null }]);
    const before = await getRun(store.db, endedRun(job, 0));
    // A stop request does not change the times in the row.
    await update(store.db, store.db.tables.runs, runKey(before as Run), { set: { state: 'stopping' } });
    const arrival: Pause = async (ms) => {
      expect(ms).toBe(CONFIRM_AFTER_MS);
      await countAll();
      platform.advance(ms);
    };

    const { drifts, published } = await audit(always, arrival);

    expect(drifts).toEqual([]);
    expect(published).toEqual({ CounterDrift: 0 });
  });

  it('compares failed registrations of each tenant and of the platform', async () => {
    const job = await givenRuns([]);
    const failed = { status: 'failed', content: '', error: 'no', updatedAt: iso(START) } as const;
    await putRegistration(store.db, tenant, { jobId: job.id, incarnation: job.incarnation, version: 1, ...failed });
    await countAll();
    platform.advance(HOUR);
    expect((await audit()).drifts).toEqual([]);

    await corrupt(TENANT, { failedRegistrations: 1 });
    await corrupt(PLATFORM, { failedRegistrations: 4 });

    expect((await audit()).drifts).toEqual([
      { tenant, counter: 'TENANT', differences: { failedRegistrations: 1 }, drift: 1 },
      { counter: 'PLATFORM', differences: { failedRegistrations: 4 }, drift: 4 },
    ]);
    expect(await getCounter(store.db, PLATFORM_PARTITION as TenantId, PLATFORM)).toMatchObject({
      current: { failedRegistrations: 5 },
    });
  });

  it('continues in the next invocation after running out of time', async () => {
    for (let i = 0; i < 12; i++) await putTenant(store.db, newTenant());
    let checks = 0;
    const some: HasTime = () => ++checks <= 8;

    const first = await audit(some);
    const second = await audit();
    const third = await audit();

    expect(first.done).toMatchObject({ tenants: 8, of: 13 });
    expect(second.done).toMatchObject({ tenants: 5, of: 13 });
    expect(third.done).toMatchObject({ tenants: 13, of: 13 });
  });

  it('skips a tenant that exceeds its time and continues with the next', async () => {
    await givenRuns([{}]);
    await putTenant(store.db, newTenant());
    let checks = 0;
    const { done } = await audit(() => ++checks !== 3);

    expect(platform.logged).toContainEqual({
      level: 'warn',
      message: 'reconciliation.interrupted',
      fields: { tenant },
    });
    expect(done).toMatchObject({ tenants: 1, of: 2 });
  });
});

const tap = (i: number) => store.taps[i] as StreamTap;

describe('counter reconciliation of a tenant that is never quiet', () => {
  let made = 0;

  /** Creates and ends a run of each job every two minutes for a time, and counts the changes. */
  async function runTraffic(jobs: readonly Job[], ms: number): Promise<void> {
    for (const until = platform.now() + ms; platform.now() < until; platform.advance(2 * MINUTE)) {
      for (const job of jobs) await startAndEnd(job);
      await countAll();
    }
  }

  async function startAndEnd(job: Job): Promise<void> {
    const lease = { token: 'mine', until: iso(platform.now() + MINUTE) };
    const queued = endedRun(job, ++made, {
      ulid: platform.newUlid(platform.now()),
      state: 'queued',
      createdAt: iso(),
      integrationId: job.integrationId,
      startedAt: null,
      finishedAt: null,
      attempt: 0,
      generation: await getGeneration(store.db, tenant),
    });
    await putRun(store.db, queued);
    await claimRun(store.db, queued, lease, iso());
    const end = { ...queued, state: 'completed', finishedAt: iso(), failure: null } as const;
    await finishRun(store.db, queued, lease, { ...end, storedBytes: 100 });
  }

  /** Two jobs, and a reconciliation under traffic, which finds nothing and divides the counters. */
  async function givenBusyTenant(): Promise<{ readonly jobs: readonly Job[]; readonly busy: Pause }> {
    const jobs = [
      await givenJob(platform, { tenant, id: 'one', integrationId: 'shop' }),
      await givenJob(platform, { tenant, id: 'two' }),
    ];
    const busy: Pause = (ms) => runTraffic(jobs, ms);
    await runTraffic(jobs, 20 * MINUTE);
    const { drifts, done } = await audit(always, busy);
    expect({ drifts, done }).toMatchObject({ drifts: [], done: { compared: 0 } });
    await runTraffic(jobs, HOUR);
    return { jobs, busy };
  }

  it('compares each of its counters and finds no drift where there is none', async () => {
    const { jobs, busy } = await givenBusyTenant();

    for (let hour = 0; hour < 3; hour++) {
      expect(await audit(always, busy)).toMatchObject({ drifts: [], done: { compared: 4, postponed: 0 } });
      await runTraffic(jobs, HOUR);
    }
  });

  it('finds a wrong count of each of its counters', async () => {
    const { jobs, busy } = await givenBusyTenant();
    const [job] = jobs as [Job];
    await corrupt(TENANT, { completed: 2, storedBytes: -7 });
    await corrupt(jobCounter(job), { queued: 1 });
    await corrupt({ kind: 'integration', integrationId: 'shop' }, { failed: -3 });

    const { drifts, published } = await audit(always, busy);

    expect(drifts).toHaveLength(3);
    expect(drifts).toEqual(
      expect.arrayContaining([
        { tenant, counter: 'TENANT', differences: { completed: 2, storedBytes: -7 }, drift: 9 },
        { tenant, counter: `JOB#${job.id}#${job.incarnation}`, differences: { queued: 1 }, drift: 1 },
        { tenant, counter: 'INT#shop', differences: { failed: -3 }, drift: 3 },
      ]),
    );
    expect(published).toEqual({ CounterDrift: 13 });
  });

  it('finds a run that was not counted', async () => {
    const { jobs, busy } = await givenBusyTenant();
    await startAndEnd(jobs[1] as Job);
    for (const stream of store.taps) await stream.take();
    await runTraffic(jobs, 30 * MINUTE);
    await audit(always, busy);
    await runTraffic(jobs, HOUR);

    const { drifts } = await audit(always, busy);

    expect(drifts).toEqual([
      { tenant, counter: 'TENANT', differences: { completed: -1, storedBytes: -100 }, drift: 101 },
      { tenant, counter: `JOB#two#${jobs[1]?.incarnation}`, differences: { completed: -1 }, drift: 1 },
    ]);
  });

  it('has a drift repaired by a rebuild', async () => {
    const { jobs, busy } = await givenBusyTenant();
    await corrupt(TENANT, { completed: 2 });

    await rebuildTenant(platform, tenant, always, busy);
    await runTraffic(jobs, HOUR);

    expect(await audit(always, busy)).toMatchObject({ drifts: [] });
    await runTraffic(jobs, HOUR);
    expect(await audit(always, busy)).toMatchObject({ drifts: [], done: { compared: 4 } });
  });

  it('visits a tenant again whose older runs were purged in the last minutes', async () => {
    const { jobs, busy } = await givenBusyTenant();
    const [job] = jobs as [Job];
    await corrupt(TENANT, { failed: 1 });
    const [oldest] = await listEveryRun(store.db, { tenant, jobId: job.id, incarnation: job.incarnation });
    await removeMany(store.db, store.db.tables.runs, [runKey(oldest as Run)]);
    await countAll();
    const waited: number[] = [];
    const noted: Pause = async (ms) => {
      waited.push(ms);
      await busy(ms);
    };

    const { drifts, done } = await audit(always, noted);

    expect(waited).toEqual([6 * MINUTE, CONFIRM_AFTER_MS]);
    expect(drifts).toEqual([{ tenant, counter: 'TENANT', differences: { failed: 1 }, drift: 1 }]);
    expect(done).toMatchObject({ postponed: 0 });
  });

  it('compares at most once in an hour for each 20,000 runs', async () => {
    const { busy } = await givenBusyTenant();
    await corrupt(TENANT, { completed: 100_000 });

    expect((await audit(always, busy)).done).toMatchObject({ compared: 0 });
  });
});

describe('a rebuild of counters', () => {
  it('reads the tenant from the request', () => {
    expect(parseRebuildRequest({ rebuild: 'acme' })).toBe('acme');
    expect(parseRebuildRequest({ source: 'aws.scheduler' })).toBeUndefined();
    expect(() => parseRebuildRequest({ rebuild: 'a c m e' })).toThrow(`rebuild: must be a tenant's id, got "a c m e"`);
  });

  it('rejects an unknown tenant', async () => {
    await expect(rebuildTenant(platform, newTenant(), always, pause)).rejects.toThrow('there is no tenant');
  });

  it('corrects every counter and logs the corrections', async () => {
    const job = await givenRuns([{}, { state: 'failed' }], { integrationId: 'shop' });
    await corrupt(TENANT, { completed: 3 });
    await corrupt(jobCounter(job), { queued: -2 });
    const counting: Pause = async (ms) => {
      await countAll();
      platform.advance(ms);
    };

    expect(await rebuildTenant(platform, tenant, always, counting)).toEqual({ tenant, rebuild: 'done' });

    const expected = { completed: 1, failed: 1 };
    for (const { counter, values } of await listCounters(store.db, tenant)) {
      expect({ counter, ...values }).toMatchObject({ counter, current: expected, total: expected, rebuild: null });
    }
    expect(
      platform.logged.filter(({ message }) => message === 'rebuild.corrected').map(({ fields }) => fields),
    ).toEqual(
      expect.arrayContaining([
        { tenant, kind: 'tenant', missing: { completed: -3 } },
        { tenant, ...jobCounter(job), missing: { queued: 2 } },
      ]),
    );
    platform.advance(HOUR);
    expect((await audit()).drifts).toEqual([]);
  });

  it('corrects no counter before its fence records have arrived', async () => {
    await givenRuns([{}]);
    await corrupt(TENANT, { completed: 3 });
    const noTimeAfter = platform.now() + RUN_CREATION_GRACE_MS + MINUTE;
    const stalled: Pause = async (ms) => {
      if (platform.now() + ms > noTimeAfter) throw new OutOfTimeError();
      platform.advance(ms);
    };

    expect(await rebuildTenant(platform, tenant, always, stalled)).toEqual({ tenant, rebuild: 'under way' });
    expect(await getRebuild(store.db, tenant)).toMatchObject({ walked: true, markers: 1 });
    expect((await getCounter(store.db, tenant, TENANT)).current).toMatchObject({ completed: 4 });

    await countAll();
    await audit();
    expect((await getCounter(store.db, tenant, TENANT)).current).toMatchObject({ completed: 1 });
    expect(await getRebuild(store.db, tenant)).toBeUndefined();
  });

  it('restarts with a new generation after its maximum duration', async () => {
    await givenRuns([{}]);
    await corrupt(TENANT, { completed: 3 });
    const none: Pause = async () => {
      throw new OutOfTimeError();
    };
    await rebuildTenant(platform, tenant, always, none);
    platform.advance(MAX_REBUILD_MS + 1);
    await rebuildTenant(platform, tenant, always, none);

    expect(await getRebuild(store.db, tenant)).toMatchObject({ generation: 2, walked: false });

    const counting: Pause = async (ms) => {
      await countAll();
      platform.advance(ms);
    };
    expect(await rebuildTenant(platform, tenant, always, counting)).toMatchObject({ rebuild: 'done' });
    expect((await getCounter(store.db, tenant, TENANT)).current).toMatchObject({ completed: 1 });
  });

  it('does not count a record read before a later rebuild began for that rebuild', async () => {
    const job = await givenRuns([{}]);
    await joinRebuild(store.db, tenant, TENANT, 1);
    await touchRun(store.db, endedRun(job, 0), 1);
    const meanwhile = () => joinRebuild(store.db, tenant, TENANT, 2);
    const db = faultyDb(store.db, { after: { command: 'BatchGetItemCommand', meanwhile } });

    const changes = (await tap(1).take()).flatMap((record) => toCounterChanges(record));
    await aggregate({ db, now: platform.now }, 'shard-1', changes);

    expect((await getCounter(store.db, tenant, TENANT)).rebuild).toEqual({ generation: 2, counts: {} });
  });

  it('touches a run without affecting its lease holder and changes only its counters', async () => {
    const job = await givenRuns([]);
    const lease = { token: 'mine', until: iso(platform.now() + MINUTE) };
    const queued = endedRun(job, 1, { state: 'queued', startedAt: null, finishedAt: null, attempt: 0 });
    await putRun(store.db, queued);
    await claimRun(store.db, queued, lease, iso());
    await renewLease(store.db, queued, lease);
    const before = await getRun(store.db, queued);

    await touchRun(store.db, queued, 3);
    await touchRun(store.db, queued, 2);

    expect(await getRun(store.db, queued)).toEqual({ ...before, generation: 3 });
    const row = () => get(store.db, store.db.tables.runs, runKey(queued));
    expect(await row()).toMatchObject({ touched: true });
    expect(await row()).not.toHaveProperty('beat');
    const last = (await tap(1).take()).at(-1);
    expect(
      toCounterChanges(last as NonNullable<typeof last>).every(
        ({ delta }) => delta.generation === undefined || delta.generation === 3,
      ),
    ).toBe(true);
    expect(await renewLease(store.db, queued, lease)).toMatchObject({ ok: true });
    expect(await row()).not.toHaveProperty('touched');
  });
});
