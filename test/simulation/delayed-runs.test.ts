import { describe, expect, it } from 'vitest';
import { runDeltas } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { newestRunsOf } from '../../functions/core/domain/job-state.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS } from '../../functions/core/domain/run-input.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../functions/core/domain/timing.ts';
import { aggregate } from '../../functions/core/engine/counters/aggregate.ts';
import { handleDeadLetteredTick } from '../../functions/core/engine/dead-letter/handle-tick.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { transferLock } from '../../functions/core/engine/finalize/transfer-lock.ts';
import { createDelayLimit, moveRun, sendIfNear } from '../../functions/core/engine/start/delay-run.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { startDelayedRun } from '../../functions/core/engine/start/start-delayed.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepDelayed } from '../../functions/core/engine/sweep/sweep-delayed.ts';
import { sweepDueTenant } from '../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { get } from '../../functions/core/store/db.ts';
import { getJobState } from '../../functions/core/store/job-states.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { inputKey } from '../../functions/core/store/keys.ts';
import { getOldestQueuedTime, listHistory } from '../../functions/core/store/run-lists.ts';
import { endDelay, getRun, markDelaySent } from '../../functions/core/store/runs.ts';
import { getAgendaEntry } from '../../functions/core/store/sweep-agenda.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { toSqsRecord } from '../helpers/fakes/memory-queue.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();
const always = () => true;
const iso = (time: number) => new Date(time).toISOString();
const inMs = (platform: TestPlatform, ms: number) => iso(platform.now() + ms);

/** Triggers a run that starts after `delayMs`. */
async function delay(platform: TestPlatform, job: Job, delayMs: number): Promise<Run> {
  const run = await triggerJob(platform, job, undefined, { ...NO_OPTIONS, delay: { runAt: inMs(platform, delayMs) } });
  await sendIfNear(platform, run);
  return run;
}

/** A platform with a job on demand. */
async function given(overrides: Partial<Job> = {}) {
  const platform = testPlatform(db);
  return { platform, job: await givenJob(platform, { schedule: null, ...overrides }) };
}

/** Delivers the messages of delayed runs. */
async function dispatchAll(platform: TestPlatform): Promise<void> {
  for (const tick of platform.ticks.splice(0)) await dispatchTick(platform, tick);
}

/** Executes all runs that have a message. */
async function work(platform: TestPlatform): Promise<void> {
  for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
    await processRunMessage(platform, async () => anOutcome(), next);
  }
}

let sequence = 0;

/** Counts a change of a run as the stream of the Runs table does. */
async function count(platform: TestPlatform, before: Run | undefined, after: Run): Promise<void> {
  sequence += 1;
  const changes = runDeltas(before, after).map((delta) => ({
    tenant: after.tenant,
    sequence: String(sequence),
    delta,
  }));
  await aggregate(platform, 'shardId-1', changes);
}

const viewOf = async (platform: TestPlatform, ref: RunRef) => {
  const { state, waiting, canceledBy } = await requireRun(platform, ref);
  return { state, waiting, canceledBy };
};

describe('a delayed run', () => {
  it('has a row at once, holds no lock, and starts when its message arrives', async () => {
    const { platform, job } = await given();

    const run = await delay(platform, job, 10 * MINUTE_MS);

    expect(run).toMatchObject({ state: 'queued', waiting: 'delay', runAt: iso(START + 10 * MINUTE_MS), number: 1 });
    expect(platform.sent).toEqual([]);
    expect(platform.ticks).toMatchObject([{ ulid: run.ulid, delayMs: 10 * MINUTE_MS }]);
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: null, runNumber: 1 });
    platform.advance(10 * MINUTE_MS);
    await dispatchAll(platform);
    await work(platform);
    expect(await requireRun(platform, run)).toMatchObject({
      state: 'completed',
      number: 1,
      startedAt: iso(START + 10 * MINUTE_MS),
    });
  });

  it('starts at once if its time has passed', async () => {
    const { platform, job } = await given();

    const run = await delay(platform, job, -SECOND_MS);

    expect(run).toMatchObject({ waiting: null, runAt: null });
    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
  });

  it('fails if it would start in more than a year', async () => {
    const { platform, job } = await given();

    const attempt = delay(platform, job, 366 * DAY_MS);

    await expect(attempt).rejects.toThrow('must be at most 365 days ahead');
  });

  it('has one row for an idempotency key, whenever the request is repeated', async () => {
    const { platform, job } = await given();
    const request = { ...NO_OPTIONS, delay: { seconds: 3_600 } };

    const first = await triggerJob(platform, job, 'key', request);
    platform.advance(MINUTE_MS);
    const repeated = await triggerJob(platform, job, 'key', request);

    expect(repeated.ulid).toBe(first.ulid);
    await expect(triggerJob(platform, job, 'key')).rejects.toThrow('another body');
  });

  it('counts as pending since its start, not since its creation', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const run = await delay(platform, job, HOUR_MS);
    const beforeStart = await getOldestQueuedTime(db, job.tenant);
    platform.advance(HOUR_MS);
    await triggerJob(platform, job);
    await work(platform);
    await triggerJob(platform, job);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ waiting: 'limit' });
    expect([beforeStart, await getOldestQueuedTime(db, job.tenant)]).toEqual([run.runAt, run.runAt]);
  });

  it('counts as late to start only after its time and the grace period', async () => {
    const { platform, job } = await given({ startGraceSeconds: 60 });
    const run = await delay(platform, job, HOUR_MS);
    platform.advance(HOUR_MS);

    await startDelayedRun(platform, run);
    await work(platform);

    expect(await requireRun(platform, run)).toMatchObject({ state: 'completed', lateStartAt: null });
  });

  it('keeps its row for the retention from its start', async () => {
    const { platform, job } = await given();

    const run = await delay(platform, job, 300 * DAY_MS);

    expect(run.purgeAt).toBe(iso(START + 330 * DAY_MS));
  });

  it('ignores a message that arrives early, and sends another', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, 10 * MINUTE_MS);
    platform.ticks.splice(0);
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'delay' });
    expect(platform.ticks).toMatchObject([{ ulid: run.ulid, delayMs: 9 * MINUTE_MS }]);
  });

  it('ends as canceled if the policy skip finds the previous run active', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    const run = await delay(platform, job, MINUTE_MS);
    const active = await triggerJob(platform, job);
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toEqual({
      state: 'canceled',
      waiting: null,
      canceledBy: 'overlap policy: skip',
    });
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: { ulid: active.ulid } });
  });

  it('waits for the previous run under the policy queue, and receives the lock', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, MINUTE_MS);
    await triggerJob(platform, job);
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'overlap' });
    await work(platform);
    expect(await viewOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('names the policy of its job when it is canceled because another run has the waiting place', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, MINUTE_MS);
    await triggerJob(platform, job);
    await triggerJob(platform, job);
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'canceled', canceledBy: 'overlap policy: queue' });
  });

  it('waits for a slot at the limit of concurrent runs', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const run = await delay(platform, job, MINUTE_MS);
    await triggerJob(platform, job);
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'limit' });
    await work(platform);
    expect(await viewOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('ends as canceled with the reason if its job is disabled when it is due', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, MINUTE_MS);
    await replaceJob(db, { ...job, enabled: false, version: job.version + 1 });
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'canceled', canceledBy: 'disabled job' });
  });

  it('ends as canceled if its job is deleted when it is due', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, MINUTE_MS);
    await deleteJob(db, job, iso(START));
    platform.advance(MINUTE_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'canceled', canceledBy: 'job deleted' });
  });

  it('leaves no missed tick if its message becomes a dead letter, and the sweep starts it', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, MINUTE_MS);
    const [tick] = platform.ticks.splice(0);
    platform.advance(2 * MINUTE_MS);

    if (tick)
      await handleDeadLetteredTick(
        platform,
        tick,
        toSqsRecord({ id: 'message', body: '', sentAt: START, receives: 5, visibleAt: START }, 'ticks'),
      );

    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    expect(await listHistory(db, ref, { limit: 9, now: platform.now() })).toMatchObject([{ ulid: run.ulid }]);
    await sweepDelayed(platform, job.tenant, always);
    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
  });

  it('can be canceled, and its message then has no effect', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, MINUTE_MS);

    await cancelRun(platform, run, 'ana');
    platform.advance(MINUTE_MS);
    await dispatchAll(platform);

    expect(await viewOf(platform, run)).toEqual({ state: 'canceled', waiting: null, canceledBy: 'ana' });
    expect(platform.sent).toEqual([]);
  });

  it('leaves no lock behind if it is canceled while its start acquires the lock', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, MINUTE_MS);
    platform.advance(MINUTE_MS);
    const interrupted = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, () =>
      cancelRun(platform, run, 'ana'),
    );

    await startDelayedRun(interrupted, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'canceled' });
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: null });
  });

  it('starts once if its message is delivered twice at the same time', async () => {
    const { platform, job } = await given({ overlapPolicy: 'allow' });
    const run = await delay(platform, job, MINUTE_MS);
    platform.advance(MINUTE_MS);
    const interrupted = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, () =>
      startDelayedRun(platform, run),
    );

    await startDelayedRun(interrupted, run);

    expect(platform.sent).toHaveLength(1);
    expect(await endDelay(db, run, { waiting: null, number: 2, followed: false }, iso(START))).toMatchObject({
      ok: false,
    });
  });

  it('starts by the next delivery or the sweep after a crash at any call of its start', async () => {
    for (const overlapPolicy of ['skip', 'queue', 'replace', 'allow'] as const) {
      for (const repeat of ['message', 'sweep'] as const) {
        for (const answerIsLost of [false, true]) {
          let isCrashed = true;
          for (let crashAtCall = 1; isCrashed; crashAtCall++) {
            const { platform, job } = await given({ overlapPolicy });
            const run = await delay(platform, job, MINUTE_MS);
            platform.advance(MINUTE_MS);
            isCrashed = await startDelayedRun(withDb(platform, faultyDb(db, { crashAtCall, answerIsLost })), run).then(
              () => false,
              () => true,
            );
            platform.advance(2 * MINUTE_MS);

            if (repeat === 'message') await startDelayedRun(platform, run);
            else await sweepTenant(platform, job.tenant);
            await work(platform);

            const rows = { overlapPolicy, repeat, crashAtCall, ...(await viewOf(platform, run)) };
            expect(rows).toMatchObject({ state: 'completed' });
          }
        }
      }
    }
  });
});

/** The first update of the run by its start: the end of its delay, or its cancellation. */
const RUN_UPDATE = { command: 'UpdateItemCommand', table: 'runs' } as const;

/** Starts a run, crashes before the run's row is updated, and moves the run by 300 days. */
async function crashAndMove(platform: TestPlatform, run: Run): Promise<void> {
  const crashing = interruptBefore(platform, RUN_UPDATE, () => Promise.reject(new Crash()));
  await startDelayedRun(crashing, run).catch(() => undefined);
  await moveRun(platform, run, inMs(platform, 300 * DAY_MS));
  await startDelayedRun(platform, run);
}

describe('a delayed run that is moved while it is to start', () => {
  it('starts at its new time only, if its start was decided', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    const run = await delay(platform, job, MINUTE_MS);
    platform.advance(MINUTE_MS);
    const interrupted = interruptBefore(platform, RUN_UPDATE, () =>
      moveRun(platform, run, inMs(platform, 300 * DAY_MS)),
    );

    await startDelayedRun(interrupted, run);

    expect(platform.sent).toEqual([]);
    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'delay' });
  });

  it('stays at its new time if its cancellation by the policy skip was decided', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    const run = await delay(platform, job, MINUTE_MS);
    await triggerJob(platform, job);
    platform.advance(MINUTE_MS);
    const interrupted = interruptBefore(platform, RUN_UPDATE, () =>
      moveRun(platform, run, inMs(platform, 300 * DAY_MS)),
    );

    await startDelayedRun(interrupted, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'delay' });
  });

  it('stays at its new time if its job was disabled', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, MINUTE_MS);
    await replaceJob(db, { ...job, enabled: false, version: job.version + 1 });
    platform.advance(MINUTE_MS);
    const interrupted = interruptBefore(platform, RUN_UPDATE, () =>
      moveRun(platform, run, inMs(platform, 300 * DAY_MS)),
    );

    await startDelayedRun(interrupted, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'delay' });
  });

  it('leaves the lock to other runs a minute after its start crashed', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    const run = await delay(platform, job, MINUTE_MS);
    platform.advance(MINUTE_MS);
    await crashAndMove(platform, run);
    platform.advance(MINUTE_MS + SECOND_MS);

    const next = await triggerJob(platform, job);

    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: { ulid: next.ulid } });
  });

  it('starts by a new decision at its new time', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    const run = await delay(platform, job, MINUTE_MS);
    platform.advance(MINUTE_MS);
    await crashAndMove(platform, run);
    platform.advance(300 * DAY_MS - SECOND_MS);
    const active = await triggerJob(platform, job);
    platform.advance(SECOND_MS);

    await startDelayedRun(platform, run);

    expect(await viewOf(platform, run)).toMatchObject({ state: 'canceled', canceledBy: 'overlap policy: skip' });
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: { ulid: active.ulid } });
  });

  it('does not keep a run waiting that found the lock held by it', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, MINUTE_MS);
    platform.advance(MINUTE_MS);
    await crashAndMove(platform, run);
    const next = await triggerJob(platform, job);
    platform.advance(MINUTE_MS + SECOND_MS);

    for (let sweep = 0; sweep < 2; sweep++) await sweepTenant(platform, job.tenant);

    expect(platform.sent).toMatchObject([{ ulid: next.ulid }]);
  });

  it('leaves the waiting place to other runs', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, MINUTE_MS);
    await triggerJob(platform, job);
    platform.advance(MINUTE_MS);
    await crashAndMove(platform, run);
    platform.advance(MINUTE_MS);
    await sweepTenant(platform, job.tenant);

    const next = await triggerJob(platform, job);

    expect(await viewOf(platform, next)).toMatchObject({ waiting: 'overlap' });
    await work(platform);
    expect(await viewOf(platform, next)).toMatchObject({ state: 'completed' });
  });

  it('stays at its new time beside a newer run if it had the waiting place', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, MINUTE_MS);
    await triggerJob(platform, job);
    platform.advance(MINUTE_MS);
    await crashAndMove(platform, run);

    await triggerJob(platform, { ...job, overlapPolicy: 'replace' });

    expect(await viewOf(platform, run)).toMatchObject({ state: 'queued', waiting: 'delay' });
  });
});

describe('the place of a delayed run among the runs of its job', () => {
  it('follows its start: a run that ends before stays the newest until then', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, HOUR_MS);
    const earlier = await triggerJob(platform, job);
    await work(platform);

    const later = await delay(platform, job, 2 * HOUR_MS);

    const state = await getJobState(db, job.tenant, job.id);
    expect([run.number, earlier.number, later.number]).toEqual([1, 2, 3]);
    expect(state && newestRunsOf(state).map(({ ulid }) => ulid)).toEqual([earlier.ulid]);
  });

  it('follows its start: its end is the last one', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, HOUR_MS);
    await triggerJob(platform, job);
    await work(platform);
    platform.advance(HOUR_MS);

    await startDelayedRun(platform, run);
    await work(platform);
    await transferLock(platform, await requireRun(platform, run));

    const state = await getJobState(db, job.tenant, job.id);
    expect(state).toMatchObject({ runNumber: 3, newestRun: { number: 3 }, lastRun: { ulid: run.ulid, number: 3 } });
    expect(await requireRun(platform, run)).toMatchObject({ number: 3 });
  });
});

describe('a delayed run that is canceled before its start', () => {
  it('leaves the last run of its job as it is', async () => {
    const { platform, job } = await given();
    const last = await triggerJob(platform, job);
    await work(platform);
    await transferLock(platform, await requireRun(platform, last));
    const run = await delay(platform, job, HOUR_MS);

    await cancelRun(platform, run, 'ana');

    const state = await getJobState(db, job.tenant, job.id);
    expect(state && newestRunsOf(state).map(({ ulid }) => ulid)).toEqual([last.ulid]);
  });
});

describe('a delayed run that is due', () => {
  it('keeps the waiting place that its start has taken, when a sweep comes before the end of its delay', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' });
    const run = await delay(platform, job, HOUR_MS);
    await triggerJob(platform, job);
    platform.advance(HOUR_MS);
    const interrupted = interruptBefore(platform, RUN_UPDATE, () => sweepTenant(platform, job.tenant));

    await startDelayedRun(interrupted, run);

    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ waitingRun: { ulid: run.ulid } });
  });
});

describe('moveRun', () => {
  it('starts the run at its new time only', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, 5 * MINUTE_MS);

    await moveRun(platform, run, inMs(platform, 12 * MINUTE_MS));

    platform.advance(5 * MINUTE_MS);
    const [former, moved] = platform.ticks.splice(0);
    if (former) await dispatchTick(platform, former);
    expect(await viewOf(platform, run)).toMatchObject({ waiting: 'delay' });
    platform.advance(7 * MINUTE_MS);
    if (moved) await dispatchTick(platform, moved);
    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
  });

  it('starts the run at once at a time that has passed', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, HOUR_MS);

    await moveRun(platform, run, iso(START));
    await dispatchAll(platform);

    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
  });

  it('makes a sweep due if its message could not be sent', async () => {
    const { platform, job } = await given();
    const outage = { ...platform, queues: { ...platform.queues, sendTick: () => Promise.reject(new Error('down')) } };
    const created = await triggerJob(platform, job, undefined, { ...NO_OPTIONS, delay: { seconds: 600 } });
    await count(platform, undefined, created);
    platform.advance(MINUTE_MS);
    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });

    await sendIfNear(outage, created);
    await count(platform, created, await requireRun(platform, created));

    expect(await getAgendaEntry(db, job.tenant)).toMatchObject({ delaysAt: 0, sweepAt: platform.now() + MINUTE_MS });
  });

  it('changes nothing of a run that has started', async () => {
    const { platform, job } = await given();
    const run = await triggerJob(platform, job);

    const moved = await moveRun(platform, run, inMs(platform, HOUR_MS));

    expect(moved.ok).toBe(false);
    expect(await requireRun(platform, run)).toEqual(run);
  });

  it('never shortens the life of an input', async () => {
    const { platform, job } = await given();
    const request = {
      ...NO_OPTIONS,
      input: { payload: 'x'.repeat(1_000) },
      delay: { runAt: inMs(platform, 300 * DAY_MS) },
    };
    const run = await triggerJob(platform, job, undefined, request);
    const ttlOf = async () => (await get(db, db.tables.records, inputKey(run)))?.ttl;
    const before = await ttlOf();

    await moveRun(platform, run, inMs(platform, DAY_MS));

    expect(await ttlOf()).toBe(before);
  });

  it('makes a sweep of the delayed runs due', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, 10 * DAY_MS);
    await count(platform, undefined, run);
    platform.advance(MINUTE_MS);
    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });

    const moved = await moveRun(platform, run, inMs(platform, 2 * HOUR_MS));
    await count(platform, run, moved.run as Run);

    expect(await getAgendaEntry(db, job.tenant)).toMatchObject({ delaysAt: 0, sweepAt: platform.now() + MINUTE_MS });
  });
});

describe('sweepDelayed', () => {
  it('sends the message of a run that starts within 15 minutes, once', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, HOUR_MS);
    expect(await sweepDelayed(platform, job.tenant, always)).toMatchObject({ nextAt: START + 45 * MINUTE_MS });
    platform.advance(46 * MINUTE_MS);

    const times = [];
    for (let sweep = 0; sweep < 2; sweep++) times.push((await sweepDelayed(platform, job.tenant, always)).nextAt);

    expect(times).toEqual([START + 61 * MINUTE_MS, START + 61 * MINUTE_MS]);
    expect(platform.ticks).toMatchObject([{ ulid: run.ulid, delayMs: 14 * MINUTE_MS }]);
  });

  it('starts a run whose message was lost', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, MINUTE_MS);
    platform.ticks.splice(0);
    platform.advance(2 * MINUTE_MS);

    await sweepDelayed(platform, job.tenant, always);

    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
  });

  it('sends the message of a run just created or moved that could not be sent, in time', async () => {
    const { platform, job } = await given();
    const sendTick = () => Promise.reject(new Error('no connection'));
    const outage = { ...platform, queues: { ...platform.queues, sendTick } };
    const created = await triggerJob(platform, job, undefined, { ...NO_OPTIONS, delay: { seconds: 600 } });
    await sendIfNear(outage, created);
    const other = await delay(platform, job, 2 * HOUR_MS);
    await moveRun(outage, other, inMs(platform, 10 * MINUTE_MS));

    await sweepDelayed(platform, job.tenant, () => true);

    expect(new Set(platform.ticks.map(({ ulid }) => ulid))).toEqual(new Set([created.ulid, other.ulid]));
  });

  it('sends the messages of all runs but those that fail, and reports these', async () => {
    const { platform, job } = await given({ overlapPolicy: 'allow' });
    const created: string[] = [];
    for (let i = 0; i < 101; i++) created.push((await delay(platform, job, HOUR_MS)).ulid);
    const [first, ...others] = created.sort();
    platform.advance(50 * MINUTE_MS);
    const sendTick: typeof platform.queues.sendTick = async (tick, delayMs) => {
      if (tick.ulid === first) throw new Error('no connection');
      await platform.queues.sendTick(tick, delayMs);
    };
    const failing = { ...platform, queues: { ...platform.queues, sendTick } };

    const swept = sweepTenant(failing, job.tenant);

    await expect(swept).rejects.toThrow('1 delayed runs were not started; first: Error: no connection');
    expect(new Set(platform.ticks.map(({ ulid }) => ulid))).toEqual(new Set(others));
  });

  it('sends the message of a run that was moved after it was read', async () => {
    const { platform, job } = await given();
    const run = await delay(platform, job, 14 * MINUTE_MS);
    await moveRun(platform, run, inMs(platform, HOUR_MS));

    const marked = await markDelaySent(db, run, iso(START));

    expect(marked.ok).toBe(false);
    expect(await getRun(db, run)).toMatchObject({ sentAt: null });
  });
});

describe('the sweep agenda of a tenant that has only delayed runs', () => {
  it('makes a sweep due when the next of them has to be sent, not every minute', async () => {
    const { platform, job } = await given();
    await count(platform, undefined, await delay(platform, job, 30 * DAY_MS));
    platform.advance(MINUTE_MS);

    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });

    expect(await getAgendaEntry(db, job.tenant)).toMatchObject({
      hasActiveRuns: false,
      delaysAt: START + 30 * DAY_MS - 15 * MINUTE_MS,
    });
  });
});

describe('createDelayLimit', () => {
  it('rejects a delayed run above the limit of the tenant', async () => {
    const platform = testPlatform(db, { delayedRuns: 1 });
    const job = await givenJob(platform, { schedule: null });
    const run = await delay(platform, job, HOUR_MS);
    await count(platform, undefined, run);

    const attempt = createDelayLimit(platform, job.tenant)();

    await expect(attempt).rejects.toThrow('delayedRuns: the tenant may have 1 runs that start later and has 1');
    await count(platform, run, { ...run, state: 'canceled', waiting: null });
    await expect(createDelayLimit(platform, job.tenant)()).resolves.toBeUndefined();
  });

  it('counts the runs of a request that the counter does not show yet, and no run twice', async () => {
    const platform = testPlatform(db, { delayedRuns: 3 });
    const job = await givenJob(platform, { schedule: null });
    await count(platform, undefined, await delay(platform, job, HOUR_MS));
    const assertMayDelay = createDelayLimit(platform, job.tenant);
    await assertMayDelay();
    await count(platform, undefined, await delay(platform, job, HOUR_MS));

    await assertMayDelay();

    await expect(assertMayDelay()).rejects.toThrow(
      'delayedRuns: the tenant may have 3 runs that start later and has 3',
    );
  });
});
