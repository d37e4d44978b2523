import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import { isTerminal, type Run } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS, type TriggerRequest } from '../../functions/core/domain/run-input.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../functions/core/domain/timing.ts';
import { advanceBackfill } from '../../functions/core/engine/backfill/advance-backfill.ts';
import { requestBackfill } from '../../functions/core/engine/backfill/create-backfill.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { moveRun, sendIfNear } from '../../functions/core/engine/start/delay-run.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { changePauses } from '../../functions/core/engine/start/pause-job.ts';
import { startDelayedRun } from '../../functions/core/engine/start/start-delayed.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { getJobState } from '../../functions/core/store/job-states.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { getStarts } from '../../functions/core/store/throttles.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();
const iso = (time: number) => new Date(time).toISOString();

/** A throttle of two starts a minute for each customer. */
const TWO_A_MINUTE = { key: 'customer', limit: 2, perSeconds: 60, group: null };

/** A platform with a job on demand that starts at most two runs of a customer a minute. */
async function given(overrides: Partial<Job> = {}) {
  const platform = testPlatform(db);
  const job = await givenJob(platform, {
    schedule: null,
    overlapPolicy: 'allow',
    throttle: TWO_A_MINUTE,
    ...overrides,
  });
  return { platform, job };
}

const trigger = (platform: TestPlatform, job: Job, customer: Json = 1, request: Partial<TriggerRequest> = {}) =>
  triggerJob(platform, job, undefined, { ...NO_OPTIONS, input: { payload: { customer } }, ...request });

/** Triggers several runs of one customer at the same time. */
async function triggerSeveral(platform: TestPlatform, job: Job, count: number): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let i = 0; i < count; i++) runs.push(await trigger(platform, job));
  return runs;
}

/** Executes all runs that have a message. */
async function work(platform: TestPlatform): Promise<void> {
  for (let next = platform.sent.shift(); next; next = platform.sent.shift())
    await processRunMessage(platform, async () => anOutcome(), next);
}

/** Advances the clock, delivers the messages that are due, and executes the runs. */
async function advance(platform: TestPlatform, ms: number): Promise<void> {
  platform.advance(ms);
  for (const tick of platform.ticks.splice(0)) {
    const due = tick.delayMs - ms;
    if (due > 0) platform.ticks.push({ ...tick, delayMs: due });
    else await dispatchTick(platform, tick);
  }
  await work(platform);
}

const viewOf = async (platform: TestPlatform, run: Run) => {
  const { state, waiting, runAt } = await requireRun(platform, run);
  return { state, waiting, runAt };
};
const startsAt = (ms: number) => ({ state: 'queued', waiting: 'delay', runAt: iso(START + ms) });

describe('a run of a job with a throttle', () => {
  it('starts at the next time at which fewer runs of its value have started in the interval', async () => {
    const { platform, job } = await given();

    const runs = await triggerSeveral(platform, job, 5);

    const views = await Promise.all(runs.map((run) => viewOf(platform, run)));
    expect(views.slice(2)).toEqual([startsAt(MINUTE_MS), startsAt(MINUTE_MS), startsAt(2 * MINUTE_MS)]);
    expect(platform.sent).toHaveLength(2);
    expect(platform.ticks.map(({ ulid, delayMs }) => [ulid, delayMs])).toEqual([
      [runs[2]?.ulid, MINUTE_MS],
      [runs[3]?.ulid, MINUTE_MS],
      [runs[4]?.ulid, 2 * MINUTE_MS],
    ]);
    await work(platform);
    await advance(platform, MINUTE_MS);
    await advance(platform, MINUTE_MS);
    const started = await Promise.all(runs.map(async (run) => (await requireRun(platform, run)).startedAt));
    expect(started).toEqual([0, 0, 1, 1, 2].map((minutes) => iso(START + minutes * MINUTE_MS)));
  });

  it('starts at once beside runs of other values', async () => {
    const { platform, job } = await given();
    await triggerSeveral(platform, job, 2);

    const other = await trigger(platform, job, 2);

    expect(other.waiting).toBeNull();
  });

  it('is counted with the runs of the other jobs of its group', async () => {
    const throttle = { ...TWO_A_MINUTE, group: 'shop' };
    const { platform, job } = await given({ throttle });
    const other = await givenJob(platform, { ...job, id: 'other' });
    await triggerSeveral(platform, job, 2);

    const run = await trigger(platform, other);

    expect(await viewOf(platform, run)).toEqual(startsAt(MINUTE_MS));
  });

  it('takes no start if the overlap policy refuses it', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    const run = await trigger(platform, job);

    await expect(trigger(platform, job)).rejects.toThrow('is running already');

    expect(await getStarts(db, job.tenant, run.throttleKey ?? '')).toHaveLength(1);
  });

  it('is canceled at its expiry, which counts from its creation', async () => {
    const { platform, job } = await given();
    await triggerSeveral(platform, job, 2);

    const late = await trigger(platform, job, 1, { expiresInSeconds: 30 });
    await advance(platform, MINUTE_MS);

    expect(late.expiresAt).toBe(iso(START + 30 * SECOND_MS));
    expect(await requireRun(platform, late)).toMatchObject({ state: 'canceled', canceledBy: 'expiry' });
  });

  it('is moved if its requested start is taken, and keeps its expiry', async () => {
    const { platform, job } = await given();
    const run = await trigger(platform, job, 1, { delay: { seconds: 60 }, expiresInSeconds: 90 });
    await sendIfNear(platform, run);
    await advance(platform, 50 * SECOND_MS);
    await triggerSeveral(platform, job, 2);
    await work(platform);

    await advance(platform, 10 * SECOND_MS);

    const moved = await requireRun(platform, run);
    expect(moved).toMatchObject({ ...startsAt(110 * SECOND_MS), expiresAt: iso(START + 150 * SECOND_MS) });
    expect(moved.throttledFrom).toBe(run.runAt);
    await advance(platform, 50 * SECOND_MS);
    expect(await viewOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('is not moved by a process that read it before it was moved', async () => {
    const { platform, job } = await given();
    const run = await trigger(platform, job, 1, { delay: { seconds: 60 } });
    platform.advance(MINUTE_MS);
    await triggerSeveral(platform, job, 2);
    const meeting = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, () =>
      moveRun(platform, run, iso(START + HOUR_MS)),
    );

    await startDelayedRun(meeting, run);

    expect(await viewOf(platform, run)).toEqual(startsAt(HOUR_MS));
  });

  it('is throttled anew after a request has moved it', async () => {
    const { platform, job } = await given();
    await triggerSeveral(platform, job, 2);
    await work(platform);
    const run = await trigger(platform, job, 1, { expiresInSeconds: 600 });

    const moved = await moveRun(platform, run, iso(START + 10 * SECOND_MS));
    platform.ticks.splice(0, 1);
    await advance(platform, 10 * SECOND_MS);

    expect(moved.run).toMatchObject({ throttledFrom: null, expiresAt: iso(START + 610 * SECOND_MS) });
    // The start that was reserved for it stays empty.
    expect(await viewOf(platform, run)).toEqual(startsAt(MINUTE_MS));
  });

  it('starts later if another process takes the last start at the same time', async () => {
    const { platform, job } = await given();
    await trigger(platform, job);
    const meeting = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, () =>
      trigger(platform, job),
    );

    const run = await trigger(meeting, job);

    expect(await viewOf(platform, run)).toEqual(startsAt(MINUTE_MS));
    await work(platform);
    await advance(platform, MINUTE_MS);
    expect(await viewOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('starts later with the tick of its schedule as its scheduled time', async () => {
    const throttle = { key: null, limit: 1, perSeconds: 90, group: null };
    const { platform, job } = await given({ schedule: '* * * * *', throttle });
    const tick = (time: number) =>
      dispatchTick(platform, {
        v: 1,
        tenant: job.tenant,
        jobId: job.id,
        incarnation: job.incarnation,
        scheduledAt: iso(time),
      });
    await tick(START);
    await work(platform);
    platform.advance(MINUTE_MS);

    await tick(START + MINUTE_MS);
    await tick(START + MINUTE_MS);

    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const [run, ...others] = (await listHistory(db, ref, { limit: 10, now: platform.now() })) as Run[];
    expect(run).toMatchObject({ ...startsAt(90 * SECOND_MS), scheduledAt: iso(START + MINUTE_MS) });
    expect(others).toHaveLength(1);
    await advance(platform, 30 * SECOND_MS);
    expect(await viewOf(platform, run as Run)).toMatchObject({ state: 'completed' });
  });

  it('takes no start for a tick in a pause', async () => {
    const throttle = { key: null, limit: 1, perSeconds: 3_600, group: null };
    const { platform, job } = await given({ schedule: '* * * * *', throttle });
    await changePauses(platform, job, () => [{ from: iso(START), until: iso(START + HOUR_MS) }]);
    const scheduledAt = iso(START + MINUTE_MS);
    platform.advance(MINUTE_MS);
    await dispatchTick(platform, {
      v: 1,
      tenant: job.tenant,
      jobId: job.id,
      incarnation: job.incarnation,
      scheduledAt,
    });

    const run = await trigger(platform, job);

    expect(run.waiting).toBeNull();
  });

  it('starts later as a run of a backfill, and takes no lock', async () => {
    const throttle = { key: null, limit: 1, perSeconds: 60, group: null };
    const { platform, job } = await given({ schedule: '* * * * *', throttle, overlapPolicy: 'skip' });
    const backfill = await requestBackfill(platform, job, undefined, {
      ...NO_OPTIONS,
      from: iso(START - 2 * MINUTE_MS),
      to: iso(START - MINUTE_MS),
      order: 'asc',
      concurrency: 2,
      createdBy: 'ana',
    });
    await work(platform);
    await advanceBackfill(platform, backfill);

    await advance(platform, MINUTE_MS);
    await advanceBackfill(platform, backfill);
    const ended = await advanceBackfill(platform, backfill);

    expect(ended).toMatchObject({ done: 2, failed: 0 });
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: null });
  });

  it('starts in spite of a crash at any call of its start', async () => {
    for (const answerIsLost of [true, false]) {
      for (let call = 1, crashed = true; crashed; call++) {
        const { platform, job } = await given();
        await triggerSeveral(platform, job, 2);
        await work(platform);
        const crashing = withDb(platform, faultyDb(db, { crashAtCall: call, answerIsLost }));
        crashed = await trigger(crashing, job).then(
          () => false,
          (error: unknown) => error instanceof Crash,
        );
        const next = await trigger(platform, job);

        for (let minute = 0; minute < 6; minute++) {
          await advance(platform, 61 * SECOND_MS);
          await sweepTenant(platform, job.tenant);
          await work(platform);
        }

        const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
        const runs = (await listHistory(db, ref, { limit: 10, now: platform.now() })) as Run[];
        expect(runs.filter(({ state }) => !isTerminal(state))).toEqual([]);
        expect(await viewOf(platform, next)).toMatchObject({ state: 'completed' });
        assertThrottled(runs);
      }
    }
  });
});

/** Asserts that no minute has more than two starts. */
function assertThrottled(runs: readonly Run[]): void {
  const starts = runs
    .flatMap(({ startedAt }) => (startedAt === null ? [] : Date.parse(startedAt)))
    .sort((a, b) => a - b);
  for (const [i, start] of starts.entries()) {
    const third = starts[i + 2];
    if (third !== undefined) expect(third - start).toBeGreaterThanOrEqual(MINUTE_MS);
  }
}
