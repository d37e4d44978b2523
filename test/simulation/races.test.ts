import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import { NO_RESULT, type Run, type RunRef } from '../../functions/core/domain/run.ts';
import { tickUlid } from '../../functions/core/domain/run-id.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { type ClaimedRun, claimQueuedRun, createLease } from '../../functions/core/engine/execute/claim-run.ts';
import { failUnclaimedRun } from '../../functions/core/engine/execute/fail-unclaimed-run.ts';
import { finishAttempt } from '../../functions/core/engine/execute/finish-attempt.ts';
import { type ExecuteTarget, processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { startTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepLeases } from '../../functions/core/engine/sweep/sweep-leases.ts';
import { sweepLocks } from '../../functions/core/engine/sweep/sweep-locks.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import {
  advanceTickWatermark,
  getJobState,
  listJobStates,
  releaseLock,
} from '../../functions/core/store/job-states.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { cancelQueued, finishRun, flagLate, getRun, getSkipped, renewLease } from '../../functions/core/store/runs.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { anOutcome, givenJob, START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

/** Races, and crashes between two writes, that need more than bad luck: they are arranged here. */
const db = memoryDb();

const iso = (time: number) => new Date(time).toISOString();
const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 60, maxDelaySeconds: 60 } as const;
const succeed: ExecuteTarget = async () => anOutcome();

async function claimed(platform: TestPlatform, ref: RunRef): Promise<ClaimedRun> {
  const mine = await claimQueuedRun(platform, ref);
  if (!mine) throw new Error(`run ${ref.ulid} was not claimed`);
  return mine;
}

const stateOf = ({ tenant, id }: Job) => getJobState(db, tenant, id);

/** Ends a run whose worker dies with that: nobody lets go of its lock, and nobody moves the line. */
async function endedAndLeft(platform: TestPlatform, { run, lease }: ClaimedRun): Promise<void> {
  const [finishedAt, purgeAt] = [iso(platform.now()), iso(platform.now() + DAY_MS)];
  const end = { ...NO_RESULT, state: 'completed', finishedAt, purgeAt, failure: null } as const;
  if (!(await finishRun(db, run, lease, end)).ok) throw new Error(`run ${run.ulid} did not end`);
}

describe('a tick that is delivered again while its dispatcher stalls', () => {
  it('has one row, whatever was decided about other ticks and runs meanwhile', async () => {
    // Prepare: a run holds the lock, so that the tick is to be skipped.
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'skip' });
    const holder = await triggerJob(platform, job);
    const [scheduledAt = '', next = ''] = [0, 1].map((i) => iso(START + i * 60_000));
    const meanwhile = async () => {
      await cancelRun(platform, holder, 'ana');
      await startTick(platform, job, next, 'disabled');
      await startTick(platform, job, scheduledAt, undefined);
    };

    // Act
    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);
    await startTick(stalled, job, scheduledAt, undefined);

    // Assess
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const tick = { ...ref, ulid: tickUlid(ref, scheduledAt) };
    expect(await getRun(db, tick)).toBeUndefined();
    expect(await getSkipped(db, tick)).toMatchObject({ reason: 'overlap', number: 2 });
  });

  it('has the run that was made meanwhile, which goes on', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const tick = { ...ref, ulid: tickUlid(ref, iso(START)) };
    const meanwhile = async () => {
      await startTick(platform, job, iso(START), undefined);
      await claimed(platform, tick);
    };

    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);
    await startTick(stalled, job, iso(START), undefined);

    expect(await getRun(db, tick)).toMatchObject({ state: 'running', attempt: 1 });
  });
});

describe('the lock of a job', () => {
  it('is given to one of two runs that find it free at the same time, and the other waits', async () => {
    // Prepare: they were made while they might overlap, so neither has the lock.
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const [first, second] = [await triggerJob(platform, job), await triggerJob(platform, job)];
    await replaceJob(db, { ...job, overlapPolicy: 'queue', version: job.version + 1 });
    let executed = 0;
    const execute: ExecuteTarget = async () => {
      executed++;
      return anOutcome();
    };

    // Act
    const takeIt = () => claimed(platform, second);
    await processRunMessage(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, takeIt),
      execute,
      first,
    );

    // Assess
    expect(executed).toBe(0);
    expect(await getRun(db, second)).toMatchObject({ state: 'running' });
    expect(await getRun(db, first)).toMatchObject({ state: 'queued', waiting: 'overlap' });
  });

  it('of a run whose worker died after its end is taken over by the next tick', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const holder = await triggerJob(platform, job);
    await endedAndLeft(platform, await claimed(platform, holder));
    platform.sent.length = 0;

    await startTick(platform, job, iso(START), undefined);

    expect(platform.sent).toMatchObject([{ jobId: job.id }]);
    const state = await stateOf(job);
    expect(state).toMatchObject({ lock: { number: 2 }, last: { ulid: holder.ulid, state: 'completed' } });
  });

  it('of a run whose worker died after its end is freed by the sweeper', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    await endedAndLeft(platform, await claimed(platform, await triggerJob(platform, job)));

    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);

    expect(await stateOf(job)).toMatchObject({ lock: null, last: { state: 'completed' } });
  });

  it('of a run that was never made is freed by the sweeper, whoever may want it', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const dying = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, async () => {
      throw new Error('crash');
    });
    await expect(triggerJob(dying, job)).rejects.toThrow('crash');

    await sweepTenant(platform, job.tenant);
    const soon = await stateOf(job);
    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);

    expect([soon, await stateOf(job)]).toMatchObject([{ lock: { number: 1 } }, { lock: null }]);
  });

  it('stays with the run that took it over, when the one before it ends late', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const first = await triggerJob(platform, job);
    const mine = await claimed(platform, first);
    // Its end is written, and before the lock is let go the next one has it.
    let second: Run | undefined;
    const meanwhile = async () => {
      second = await triggerJob(platform, job);
    };

    await finishAttempt(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, meanwhile),
      mine,
      anOutcome(),
    );

    expect(await stateOf(job)).toMatchObject({ lock: { ulid: second?.ulid } });
  });

  it('is handed on, though something else was decided about the job at the same time', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue' });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    platform.sent.length = 0;
    const meanwhile = () => startTick(platform, job, iso(START), 'disabled');

    const handing = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs', nth: 2 }, meanwhile);
    await finishAttempt(handing, holder, anOutcome());

    expect(await stateOf(job)).toMatchObject({ lock: { ulid: waiting.ulid }, next: null });
    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
  });

  it('is handed to a run before that has a row: it is made as it was to be, and woken', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    const holder = await claimed(platform, await triggerJob(platform, job));
    platform.sent.length = 0;
    const meanwhile = () => finishAttempt(platform, holder, anOutcome());

    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);
    const waiting = await triggerJob(stalled, job);

    expect(await getRun(db, waiting)).toMatchObject({ state: 'queued', waiting: null, number: 2, trigger: 'manual' });
    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
  });

  it('that was handed to a run by somebody who crashed then wakes it by the sweeper', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    await endedAndLeft(platform, holder);
    const { ulid, number, startedAt } = holder.run;
    await releaseLock(db, holder.run, { ulid, number, startedAt, state: 'completed', timedOut: false }, iso(START));
    platform.sent.length = 0;

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
    expect(await getRun(db, waiting)).toMatchObject({ state: 'queued', waiting: null });
  });

  it('that was handed to a run that had been canceled is free again', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    // Whoever canceled it crashed before the place in line was given back.
    await cancelQueued(db, waiting, 'ana', iso(START), iso(START));

    await finishAttempt(platform, holder, anOutcome());

    expect(await stateOf(job)).toMatchObject({ lock: null, next: null, last: { ulid: waiting.ulid } });
  });

  it('has its place in line free again when who waited was canceled by somebody who crashed then', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    await claimed(platform, await triggerJob(platform, job));
    await cancelQueued(db, await triggerJob(platform, job), 'ana', iso(START), iso(START + DAY_MS));

    platform.advance(61_000);
    await sweepLocks(platform, new Map([[job.id, job]]), await listJobStates(db, job.tenant));

    expect(await triggerJob(platform, job)).toMatchObject({ number: 3, waiting: 'overlap' });
  });

  it('is waited for by the newest run that replaces others, though who canceled the last one crashed then', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'replace', schedule: null });
    await claimed(platform, await triggerJob(platform, job));
    await cancelQueued(db, await triggerJob(platform, job), 'ana', iso(START), iso(START + DAY_MS));

    const newest = await triggerJob(platform, job);

    expect(newest).toMatchObject({ number: 3, waiting: 'overlap' });
    expect(await stateOf(job)).toMatchObject({ lock: { number: 1 }, next: { ulid: newest.ulid } });
  });

  it('is not kept by a request whose twin with the same key was first, nor is a place in line', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });

    const [one, other] = await Promise.all([triggerJob(platform, job, 'key-1'), triggerJob(platform, job, 'key-1')]);

    expect(one.ulid).toBe(other.ulid);
    expect(await stateOf(job)).toMatchObject({ lock: { ulid: one.ulid }, next: null });
  });
});

describe('what a job keeps of its runs', () => {
  it('are numbers of their own, however many are made at once', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });

    const runs = await Promise.all(Array.from({ length: 4 }, () => triggerJob(platform, job)));

    expect(runs.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });

  it('is of the newest that ended, in whatever order they do', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const [older, newer] = [await triggerJob(platform, job), await triggerJob(platform, job)];

    await processRunMessage(platform, succeed, newer);
    await processRunMessage(platform, succeed, older);

    expect(await stateOf(job)).toMatchObject({ last: { ulid: newer.ulid } });
  });

  it('is how far ticks have their rows, and whoever knows less does not take it back', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);

    await advanceTickWatermark(db, job, iso(START + 60_000));
    await advanceTickWatermark(db, job, iso(START));

    expect((await stateOf(job))?.ticksThrough).toBe(iso(START + 60_000));
  });
});

it('a run that is late is found so by one of two who look', async () => {
  const platform = testPlatform(db);
  const run = await triggerJob(platform, await givenJob(platform, { schedule: null, startGraceSeconds: 10 }));
  const find = () => flagLate(db, run, 'start', iso(START));

  expect(await Promise.all([find(), find()])).toEqual([true, false]);
});

describe('the line at the limit', () => {
  it('goes on by the sweeper when nobody moved it', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    await processRunMessage(platform, succeed, waiting);
    await endedAndLeft(platform, running);
    platform.sent.length = 0;

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
    expect(await getRun(db, waiting)).toMatchObject({ state: 'queued', waiting: null });
  });

  it('goes on though its only run ended before the next one stood in it', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    const next = await triggerJob(platform, job);
    platform.sent.length = 0;
    const meanwhile = () => finishAttempt(platform, running, anOutcome());

    await processRunMessage(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      succeed,
      next,
    );

    expect(platform.sent).toMatchObject([{ ulid: next.ulid }]);
  });

  it('is not passed by two that are claimed at the same time', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const [first, second] = [await triggerJob(platform, job), await triggerJob(platform, job)];
    const meanwhile = () => claimed(platform, second);

    await claimQueuedRun(interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile), first);

    expect(await getRun(db, second)).toMatchObject({ state: 'running' });
    expect(await getRun(db, first)).toMatchObject({ state: 'queued', waiting: 'limit', attempt: 0 });
  });

  it('holds nobody who was claimed meanwhile', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    const next = await triggerJob(platform, job);
    // Its message came twice: the second time when there is room.
    const meanwhile = async () => {
      await finishAttempt(platform, running, anOutcome());
      await claimed(platform, next);
    };

    await processRunMessage(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      succeed,
      next,
    );

    expect(await getRun(db, next)).toMatchObject({ state: 'running', waiting: null });
  });
});

describe('a cancel', () => {
  it('that comes to a run as it ends leaves it as it ended', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const mine = await claimed(platform, await triggerJob(platform, job));
    const meanwhile = () => finishAttempt(platform, mine, anOutcome());

    // It is not queued any more; and when it is asked to stop, it does not run any more either.
    const late = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs', nth: 2 }, meanwhile);
    const canceled = await cancelRun(late, mine.run, 'ana');

    expect(canceled).toMatchObject({ state: 'completed', canceledBy: null });
    expect(await getRun(db, mine.run)).toMatchObject({ state: 'completed', canceledBy: null });
  });

  it('that comes to a run as it goes back in line for its next attempt cancels it there', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: RETRY });
    const mine = await claimed(platform, await triggerJob(platform, job));
    const meanwhile = () => finishAttempt(platform, mine, anOutcome({ status: 'error', exitCode: 1 }));

    const late = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs', nth: 2 }, meanwhile);

    expect(await cancelRun(late, mine.run, 'ana')).toMatchObject({ state: 'canceled', canceledBy: 'ana' });
  });

  it('that comes before a failure is told of is the last of the run: there is no further attempt', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: RETRY });
    const run = await triggerJob(platform, job);
    const execute: ExecuteTarget = async () => {
      await cancelRun(platform, run, 'ana');
      return anOutcome({ status: 'error', exitCode: 1 });
    };

    await processRunMessage(platform, execute, run);

    expect(await getRun(db, run)).toMatchObject({ state: 'failed', attempt: 1, canceledBy: 'ana' });
  });

  it('that comes to a run as it gives way to another one is not forgotten', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const [first, second] = [await triggerJob(platform, job), await triggerJob(platform, job)];
    // Both are claimed; and before the first gives way, it is canceled.
    const both = { command: 'UpdateItemCommand', table: 'runs', nth: 1 } as const;
    const way = { ...both, nth: 2 };
    const late = interruptBefore(platform, way, () => cancelRun(platform, first, 'ana'));

    await claimQueuedRun(
      interruptBefore(late, both, () => claimed(platform, second)),
      first,
    );
    platform.advance(61_000);
    await sweepLeases(platform, job.tenant);

    expect(await getRun(db, first)).toMatchObject({ state: 'canceled', canceledBy: 'ana' });
  });

  it('of a run that is queued finds one that ended meanwhile as it ended', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job);
    const meanwhile = () => processRunMessage(platform, succeed, run);

    await cancelRun(interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile), run, 'ana');

    expect(await getRun(db, run)).toMatchObject({ state: 'completed', canceledBy: null });
  });
});

describe('a lease', () => {
  it('that is renewed as the sweeper finds it run out is good', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const { run, lease } = await claimed(platform, await triggerJob(platform, job));
    platform.advance(61_000);
    const meanwhile = () => renewLease(db, run, createLease(platform.now(), lease.token));

    await sweepLeases(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      job.tenant,
    );

    expect(await getRun(db, run)).toMatchObject({ state: 'running', lease: { token: lease.token } });
  });

  it('of a run that ends as the sweeper finds it run out takes nothing back', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const mine = await claimed(platform, await triggerJob(platform, job));
    platform.advance(61_000);
    const meanwhile = () => finishAttempt(platform, mine, anOutcome());

    await sweepLeases(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      job.tenant,
    );

    expect(await getRun(db, mine.run)).toMatchObject({ state: 'completed', failure: null });
  });

  it('is not renewed by a worker that has lost it', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: RETRY });
    const zombie = await claimed(platform, await triggerJob(platform, job));
    platform.advance(61_000);
    await sweepLeases(platform, job.tenant);
    platform.advance(60_000);
    const { lease } = await claimed(platform, zombie.run);

    const renewed = await renewLease(db, zombie.run, createLease(platform.now() + 600_000, zombie.lease.token));

    expect(renewed.ok).toBe(false);
    expect(await getRun(db, zombie.run)).toMatchObject({ attempt: 2, lease });
  });
});

describe('a message', () => {
  it('of a tick that comes again sends what was not sent before a crash', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const sendRun = async () => {
      throw new Error('crash');
    };
    const dying = { ...platform, queues: { ...platform.queues, sendRun } };
    await expect(startTick(dying, job, iso(START), undefined)).rejects.toThrow('crash');

    await startTick(platform, job, iso(START), undefined);

    expect(platform.sent).toMatchObject([{ jobId: job.id }]);
  });

  it('of a job that was deleted and defined again starts nothing of the new one', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job);
    await deleteJob(db, job, iso(START));
    await givenJob(platform, { ...job, incarnation: 'def67890' });

    await processRunMessage(platform, async () => expect.unreachable('a run of a job that is gone'), run);

    expect(await getRun(db, run)).toMatchObject({ state: 'canceled', canceledBy: 'job deleted' });
  });

  it('of an attempt that comes again does not begin the next one before it is due', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: RETRY });
    const run = await triggerJob(platform, job);
    let executed = 0;
    const fail: ExecuteTarget = async () => {
      executed++;
      return anOutcome({ status: 'error', exitCode: 1 });
    };
    await processRunMessage(platform, fail, run);

    await processRunMessage(platform, fail, run);

    expect(executed).toBe(1);
    expect(await getRun(db, run)).toMatchObject({ state: 'queued', attempt: 1 });
  });

  it('that is given up fails no run that another copy of it had started, or ended', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const [running, ended] = [await triggerJob(platform, job), await triggerJob(platform, job)];
    await claimed(platform, running);
    await processRunMessage(platform, succeed, ended);

    for (const run of [running, ended]) await failUnclaimedRun(platform, run, 3);

    expect(await getRun(db, running)).toMatchObject({ state: 'running', failure: null });
    expect(await getRun(db, ended)).toMatchObject({ state: 'completed', failure: null });
  });
});
