import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import { NO_RESULT, type Run, type RunRef } from '../../functions/core/domain/run.ts';
import { publicRunId, tickUlid } from '../../functions/core/domain/run-id.ts';
import { DAY_MS, LOCK_SETTLE_MS } from '../../functions/core/domain/timing.ts';
import { type ClaimedRun, claimQueuedRun } from '../../functions/core/engine/execute/claim-run.ts';
import { failUnclaimedRun } from '../../functions/core/engine/execute/fail-unclaimed-run.ts';
import { finishAttempt } from '../../functions/core/engine/execute/finish-attempt.ts';
import { createLease } from '../../functions/core/engine/execute/lease.ts';
import { type ExecuteTarget, processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { startTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepLocks } from '../../functions/core/engine/sweep/sweep-locks.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import {
  advanceTickWatermark,
  getJobState,
  listJobStates,
  releaseLock,
} from '../../functions/core/store/job-states.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { cancelQueued, finishRun, flagLate, getRun, getTickRows, renewLease } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../helpers/fakes/refusing-db.ts';
import { sweepExpiredLeases } from '../helpers/simulations/sweep-expired-leases.ts';

/** Races and crashes between two writes that random simulations rarely produce. */
const db = memoryDb();

const iso = (time: number) => new Date(time).toISOString();
const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 60, maxDelaySeconds: 60 } as const;
const succeed: ExecuteTarget = async () => anOutcome();
const fail: ExecuteTarget = async () => anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1' });

async function claimed(platform: TestPlatform, ref: RunRef): Promise<ClaimedRun> {
  const ownClaim = await claimQueuedRun(platform, ref);
  if (!ownClaim) throw new Error(`run ${ref.ulid} was not claimed`);
  return ownClaim;
}

const stateOf = ({ tenant, id }: Job) => getJobState(db, tenant, id);

/** Ends a run whose worker crashes before it releases the lock and admits the next run. */
async function endWithoutRelease(platform: TestPlatform, { run, lease }: ClaimedRun): Promise<void> {
  const [finishedAt, purgeAt] = [iso(platform.now()), iso(platform.now() + DAY_MS)];
  const end = { ...NO_RESULT, state: 'completed', finishedAt, purgeAt, failure: null } as const;
  if (!(await finishRun(db, run, lease, end)).ok) throw new Error(`run ${run.ulid} did not end`);
}

/** Starts two runs of a job at the same time, so that both find a free slot. */
async function startTogether(platform: TestPlatform): Promise<readonly [Run, Run]> {
  const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
  let second: Run | undefined;
  const meanwhile = async () => {
    second = await triggerJob(platform, job);
  };
  const first = await triggerJob(
    interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile),
    job,
  );
  return [first, second as Run];
}

/** Returns a run whose first attempt failed, at the time of its next attempt. */
async function givenDueRetry(platform: TestPlatform): Promise<{ readonly job: Job; readonly retried: Run }> {
  const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null, retry: RETRY });
  const retried = await triggerJob(platform, job);
  await processRunMessage(platform, fail, retried);
  platform.advance(60_000);
  return { job, retried };
}

describe('a tick that is delivered again while its dispatcher stalls', () => {
  it('has one row whatever was decided about other ticks and runs meanwhile', async () => {
    // Prepare: a run holds the lock, so that the tick must be skipped.
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
    expect(await getTickRows(db, ref, [tick.ulid])).toMatchObject([{ skipped: { reason: 'overlap', number: 2 } }]);
  });

  it('keeps the run that was created and claimed meanwhile', async () => {
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
  it('admits one of two runs that find it free, and the other waits', async () => {
    // Prepare: the runs were created under `allow`, so neither holds the lock.
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

  it('passes to the next tick if the worker crashed after the end of its run', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const holder = await triggerJob(platform, job);
    await endWithoutRelease(platform, await claimed(platform, holder));
    platform.sent.length = 0;

    await startTick(platform, job, iso(START), undefined);

    expect(platform.sent).toMatchObject([{ jobId: job.id }]);
    const state = await stateOf(job);
    expect(state).toMatchObject({ lock: { number: 2 }, lastRun: { ulid: holder.ulid, state: 'completed' } });
  });

  it('becomes free through the sweeper if the worker crashed after the end of its run', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    await endWithoutRelease(platform, await claimed(platform, await triggerJob(platform, job)));

    platform.advance(LOCK_SETTLE_MS);
    await sweepTenant(platform, job.tenant);

    expect(await stateOf(job)).toMatchObject({ lock: null, lastRun: { state: 'completed' } });
  });

  it('becomes free through the sweeper if its run was never stored', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const dying = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, async () => {
      throw new Error('crash');
    });
    await expect(triggerJob(dying, job)).rejects.toThrow('crash');

    await sweepTenant(platform, job.tenant);
    const soon = await stateOf(job);
    platform.advance(LOCK_SETTLE_MS);
    await sweepTenant(platform, job.tenant);

    expect([soon, await stateOf(job)]).toMatchObject([{ lock: { number: 1 } }, { lock: null }]);
  });

  it('stays with its new holder if the previous run releases it late', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const first = await triggerJob(platform, job);
    // The run has ended, and the next run takes the lock before it is released.
    let second: Run | undefined;
    const meanwhile = async () => {
      second = await triggerJob(platform, job);
    };

    await cancelRun(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, meanwhile),
      first,
      'ana',
    );

    expect(await stateOf(job)).toMatchObject({ lock: { ulid: second?.ulid } });
  });

  it("passes to the waiting run although the job's state changed at the same time", async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue' });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    platform.sent.length = 0;
    const meanwhile = () => startTick(platform, job, iso(START), 'disabled');

    const handing = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs', nth: 2 }, meanwhile);
    await finishAttempt(handing, holder, anOutcome());

    expect(await stateOf(job)).toMatchObject({ lock: { ulid: waiting.ulid }, waitingRun: null });
    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
  });

  it('passes to a run that is not stored yet, which is stored and sent then', async () => {
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

  it('wakes a run through the sweeper if the worker crashed after transferring it', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    await endWithoutRelease(platform, holder);
    const { ulid, number, startedAt } = holder.run;
    await releaseLock(db, holder.run, { ulid, number, startedAt, state: 'completed', timedOut: false }, iso(START));
    platform.sent.length = 0;

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
    expect(await getRun(db, waiting)).toMatchObject({ state: 'queued', waiting: null });
  });

  it('becomes free if it was transferred to a canceled run', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    // The caller crashed between the cancel and the release of the place.
    await cancelQueued(db, waiting, { canceledBy: 'ana', finishedAt: iso(START), purgeAt: iso(START) });

    await finishAttempt(platform, holder, anOutcome());

    expect(await stateOf(job)).toMatchObject({ lock: null, waitingRun: null, lastRun: { ulid: waiting.ulid } });
  });

  it('has a free place in its queue after the caller that canceled the waiting run crashed', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    await claimed(platform, await triggerJob(platform, job));
    const end = { canceledBy: 'ana', finishedAt: iso(START), purgeAt: iso(START + DAY_MS) };
    await cancelQueued(db, await triggerJob(platform, job), end);

    platform.advance(61_000);
    await sweepLocks(platform, job.tenant, await listJobStates(db, job.tenant));

    expect(await triggerJob(platform, job)).toMatchObject({ number: 3, waiting: 'overlap' });
  });

  it('admits the newest `replace` run next although the caller that canceled the last one crashed', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'replace', schedule: null });
    await claimed(platform, await triggerJob(platform, job));
    const end = { canceledBy: 'ana', finishedAt: iso(START), purgeAt: iso(START + DAY_MS) };
    await cancelQueued(db, await triggerJob(platform, job), end);

    const newest = await triggerJob(platform, job);

    expect(newest).toMatchObject({ number: 3, waiting: 'overlap' });
    expect(await stateOf(job)).toMatchObject({ lock: { number: 1 }, waitingRun: { ulid: newest.ulid } });
  });

  it('becomes free, like the place in its queue, if a twin request with the same key came first', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });

    const [one, other] = await Promise.all([triggerJob(platform, job, 'key-1'), triggerJob(platform, job, 'key-1')]);

    expect(one.ulid).toBe(other.ulid);
    expect(await stateOf(job)).toMatchObject({ lock: { ulid: one.ulid }, waitingRun: null });
  });
});

describe('the lock that the end of its run leaves', () => {
  const tickAt = (platform: TestPlatform, job: Job, minute: number) =>
    startTick(platform, job, iso(START + minute * 60_000), undefined);

  it('goes to the next tick, with the last run and the mark of dispatched ticks', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    await advanceTickWatermark(db, job, iso(START - 60_000));
    await tickAt(platform, job, 0);
    const first = platform.sent.splice(0)[0] as RunRef;
    await processRunMessage(platform, succeed, first);
    const left = await stateOf(job);

    await tickAt(platform, job, 1);

    expect(left).toMatchObject({ lock: { ulid: first.ulid }, lastRun: null, ticksThrough: iso(START - 60_000) });
    expect(await stateOf(job)).toMatchObject({
      lock: { ulid: platform.sent[0]?.ulid, number: 2 },
      lastRun: { ulid: first.ulid, state: 'completed' },
      ticksThrough: iso(START),
    });
  });

  it('starts one of two ticks that find it at the same time', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    await tickAt(platform, job, 0);
    await processRunMessage(platform, succeed, platform.sent.splice(0)[0] as RunRef);
    const meanwhile = () => tickAt(platform, job, 2);

    await tickAt(interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, meanwhile), job, 1);

    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const ticks = [1, 2].map((minute) => tickUlid(ref, iso(START + minute * 60_000)));
    const [skipped, started] = await getTickRows(db, ref, ticks);
    expect([skipped?.skipped, started?.run]).toMatchObject([{ reason: 'overlap' }, { state: 'queued' }]);
    expect(platform.sent).toMatchObject([{ ulid: started?.run?.ulid }]);
  });

  it('does not move the mark of dispatched ticks back that was advanced meanwhile', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    await advanceTickWatermark(db, job, iso(START - 60_000));
    await tickAt(platform, job, 0);
    await processRunMessage(platform, succeed, platform.sent.splice(0)[0] as RunRef);
    const meanwhile = () => advanceTickWatermark(db, job, iso(START + 60_000));

    await tickAt(interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, meanwhile), job, 2);

    expect(await stateOf(job)).toMatchObject({ lock: { number: 2 }, ticksThrough: iso(START + 60_000) });
  });

  it('releases the lock with the mark of dispatched ticks if the next tick is far away', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: '*/10 * * * *' });
    await advanceTickWatermark(db, job, iso(START - 600_000));
    await tickAt(platform, job, 0);

    await processRunMessage(platform, succeed, platform.sent.splice(0)[0] as RunRef);

    expect(await stateOf(job)).toMatchObject({ lock: null, lastRun: { number: 1 }, ticksThrough: iso(START) });
  });

  it('does not move the mark of dispatched ticks back that was advanced while its run was executed', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: '*/10 * * * *' });
    await advanceTickWatermark(db, job, iso(START - 600_000));
    await tickAt(platform, job, 0);
    const whileScheduleChanges: ExecuteTarget = async () => {
      await advanceTickWatermark(db, job, iso(START + 120_000));
      return anOutcome();
    };

    await processRunMessage(platform, whileScheduleChanges, platform.sent.splice(0)[0] as RunRef);

    expect(await stateOf(job)).toMatchObject({
      lock: null,
      lastRun: { number: 1 },
      ticksThrough: iso(START + 120_000),
    });
  });

  it('goes to a run that started to wait, whenever its run ends meanwhile', async () => {
    let calls = 0;
    for (let nth = 1; ; nth++) {
      const platform = testPlatform(db);
      const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
      const holder = await claimed(platform, await triggerJob(platform, job));
      platform.sent.length = 0;
      const meanwhile = () => finishAttempt(platform, holder, anOutcome());

      const next = await triggerJob(interruptBefore(platform, { nth }, meanwhile), job);

      if ((await getRun(db, holder.run))?.state === 'running') break;
      expect(platform.sent, `the run ends before call ${nth}`).toMatchObject([{ ulid: next.ulid }]);
      calls++;
    }
    expect(calls).toBeGreaterThanOrEqual(6);
  });

  it('goes to a run that starts to wait at any time while its run ends', async () => {
    let calls = 0;
    for (let nth = 1; ; nth++) {
      const platform = testPlatform(db);
      const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
      const holder = await claimed(platform, await triggerJob(platform, job));
      platform.sent.length = 0;
      let next: Run | undefined;
      const meanwhile = async () => {
        next = await triggerJob(platform, job);
      };

      await finishAttempt(interruptBefore(platform, { nth }, meanwhile), holder, anOutcome());

      if (!next) break;
      expect(platform.sent, `the other run starts before call ${nth}`).toMatchObject([{ ulid: next.ulid }]);
      calls++;
    }
    expect(calls).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['queue', [2], 'queued', { lock: { number: 2 }, waitingRun: { number: 3 } }],
    ['skip', [2], 'queued', { lock: { number: 2 }, waitingRun: null }],
    ['replace', [2, 3], 'canceled', { lock: { number: 3 }, waitingRun: null }],
    ['allow', [2, 3], 'queued', { lock: { number: 2 }, waitingRun: null }],
  ] as const)(
    'goes to the waiting run before a newer one under the policy `%s`',
    async (policy, sent, state, after) => {
      // Prepare: the starter of run 2 crashed before it could mark run 1, which left the lock therefore.
      const platform = testPlatform(db);
      const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
      const holder = await claimed(platform, await triggerJob(platform, job));
      const dying = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, async () => {
        throw new Crash();
      });
      await expect(triggerJob(dying, job)).rejects.toThrow(Crash);
      await finishAttempt(platform, holder, anOutcome());
      const waiting = { ...holder.run, ulid: (await stateOf(job))?.waitingRun?.ulid ?? '' };
      const changed = { ...job, overlapPolicy: policy, version: job.version + 1 };
      await replaceJob(db, changed);
      platform.sent.length = 0;

      // Act
      await Promise.allSettled([triggerJob(platform, changed)]);

      // Assess
      const numbers = await Promise.all(platform.sent.map(async (ref) => (await getRun(db, ref))?.number));
      expect(numbers).toEqual(sent);
      expect(await getRun(db, waiting)).toMatchObject({ state, waiting: null });
      expect(await stateOf(job)).toMatchObject(after);
    },
  );

  it('goes to the waiting run before a newer one that was started under the policy `allow`', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    const holder = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    const allowing = { ...job, overlapPolicy: 'allow', version: 2 } as const;
    await replaceJob(db, allowing);
    const newer = await triggerJob(platform, allowing);
    await replaceJob(db, { ...job, version: 3 });
    await endWithoutRelease(platform, holder);
    platform.sent.length = 0;

    const executed: string[] = [];
    const execute: ExecuteTarget = async ({ runId }) => {
      executed.push(runId);
      return anOutcome();
    };
    const drain = async () => {
      for (const ref of platform.sent.splice(0)) await processRunMessage(platform, execute, ref);
    };

    await processRunMessage(platform, execute, newer);
    await drain();
    await sweepTenant(platform, job.tenant);
    await drain();

    expect(executed).toEqual([publicRunId(waiting), publicRunId(newer)]);
  });

  it('goes to the waiting run from a request that lost to its twin', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    let winner: Run | undefined;
    const meanwhile = async () => {
      winner = await triggerJob(platform, job, 'key-1');
    };

    const run = await triggerJob(
      interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, meanwhile),
      job,
      'key-1',
    );

    expect([run.ulid, winner?.waiting]).toEqual([winner?.ulid, 'overlap']);
    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
    expect(await stateOf(job)).toMatchObject({ lock: { ulid: run.ulid }, waitingRun: null });
  });

  it('goes to a run that started to wait before the row of its run existed', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    let waiting: Run | undefined;
    const meanwhile = async () => {
      waiting = await triggerJob(platform, job);
    };
    const put = { command: 'PutItemCommand', table: 'runs' } as const;
    const holder = await claimed(platform, await triggerJob(interruptBefore(platform, put, meanwhile), job));
    platform.sent.length = 0;

    await finishAttempt(platform, holder, anOutcome());

    expect(platform.sent).toMatchObject([{ ulid: waiting?.ulid }]);
  });
});

describe('the state of a job', () => {
  it('gives concurrent runs distinct numbers', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });

    // Requests with a key store their decisions.
    const runs = await Promise.all([1, 2, 3, 4].map((i) => triggerJob(platform, job, `key-${i}`)));

    expect(runs.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });

  it('counts a manual run of a job without a lock in one write, although another one was counted since it was read', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const update = { command: 'UpdateItemCommand', table: 'jobs' } as const;
    let first: Run | undefined;
    let isRepeated = false;
    const repeated = interruptBefore(platform, { ...update, nth: 2 }, async () => {
      isRepeated = true;
    });
    const interrupted = interruptBefore(repeated, update, async () => {
      first = await triggerJob(platform, job);
    });

    const second = await triggerJob(interrupted, job);

    expect([first?.number, second.number, isRepeated]).toEqual([1, 2, false]);
    const state = await stateOf(job);
    expect(state).toMatchObject({ runNumber: 2, newestRun: { ulid: second.ulid, number: 2 } });
  });

  it('records the end of a run of a job without a lock in one write', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const own = await claimed(platform, await triggerJob(platform, job));
    let isRepeated = false;
    const repeated = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs', nth: 2 }, async () => {
      isRepeated = true;
    });

    await finishAttempt(repeated, own, anOutcome());

    expect(isRepeated).toBe(false);
    expect((await stateOf(job))?.lastRun?.ulid).toBe(own.run.ulid);
  });

  it('loses the lock at the end of a run that was claimed after the policy changed to allow', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'skip', schedule: null });
    const run = await triggerJob(platform, job);
    await replaceJob(db, { ...job, version: job.version + 1, overlapPolicy: 'allow' });
    const own = await claimed(platform, run);

    await finishAttempt(platform, own, anOutcome());

    expect(await stateOf(job)).toMatchObject({ lock: null, lastRun: { ulid: run.ulid } });
  });

  it('needs no read for a second decision, because the rejected write returned it', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    let reads = 0;
    const counting = interruptBefore(platform, { command: 'GetItemCommand', table: 'jobs' }, async () => {
      reads += 1;
    });
    let first: Run | undefined;
    const interrupted = interruptBefore(counting, { command: 'UpdateItemCommand', table: 'jobs' }, async () => {
      first = await triggerJob(platform, job);
    });

    const second = await triggerJob(interrupted, job, 'key');

    expect([first?.number, second.number]).toEqual([1, 2]);
    expect(reads).toBe(0);
  });

  it('keeps the newest ended run as the last run, in any order of their ends', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const older = await triggerJob(platform, job);
    platform.advance(1);
    const newer = await triggerJob(platform, job);

    await processRunMessage(platform, succeed, newer);
    await processRunMessage(platform, succeed, older);

    expect(await stateOf(job)).toMatchObject({ lastRun: { ulid: newer.ulid } });
  });

  describe('whose overlap policy became `allow` while a run held the lock', () => {
    /** Run 1 holds the lock; run 2 was started under `allow`. */
    async function given() {
      const platform = testPlatform(db);
      const job = await givenJob(platform, { overlapPolicy: 'skip', schedule: null });
      const holder = await claimed(platform, await triggerJob(platform, job));
      const changed = { ...job, overlapPolicy: 'allow', version: 2 } as const;
      await replaceJob(db, changed);
      const newer = await triggerJob(platform, changed);
      return { platform, job: changed, holder, newer };
    }

    it('keeps the newest ended run as the last run when the lock is released', async () => {
      const { platform, job, holder, newer } = await given();
      await processRunMessage(platform, succeed, newer);

      await endWithoutRelease(platform, holder);
      platform.advance(LOCK_SETTLE_MS);

      await sweepLocks(platform, job.tenant, await listJobStates(db, job.tenant));

      expect(await stateOf(job)).toMatchObject({ lock: null, lastRun: { ulid: newer.ulid } });
    });

    it('keeps the newest ended run as the last run, and loses the lock, when the next run finds its run ended', async () => {
      const { platform, job, holder, newer } = await given();
      await processRunMessage(platform, succeed, newer);
      await endWithoutRelease(platform, holder);

      await triggerJob(platform, job);

      expect(await stateOf(job)).toMatchObject({ lock: null, lastRun: { ulid: newer.ulid } });
    });

    it('keeps the newest ended run as the last run if it ends while the next run is started', async () => {
      const { platform, job, holder, newer } = await given();
      await endWithoutRelease(platform, holder);
      const meanwhile = () => processRunMessage(platform, succeed, newer);

      await triggerJob(interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, meanwhile), job);

      expect(await stateOf(job)).toMatchObject({ lock: null, lastRun: { ulid: newer.ulid } });
    });
  });

  it('never moves the mark of dispatched ticks back', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);

    await advanceTickWatermark(db, job, iso(START + 60_000));
    await advanceTickWatermark(db, job, iso(START));

    expect((await stateOf(job))?.ticksThrough).toBe(iso(START + 60_000));
  });
});

it('marks a run as late once if two callers find it late', async () => {
  const platform = testPlatform(db);
  const run = await triggerJob(platform, await givenJob(platform, { schedule: null, startGraceSeconds: 10 }));
  const find = () => flagLate(db, run, 'start', iso(START));

  expect(await Promise.all([find(), find()])).toEqual([true, false]);
});

describe('the queue at the concurrency limit', () => {
  it('advances although any number of older runs wait for a retry', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null, retry: RETRY });
    for (let i = 0; i < 30; i++) await processRunMessage(platform, fail, await triggerJob(platform, job));
    const limited = { ...platform, defaultLimits: { ...platform.defaultLimits, concurrentRuns: 1 } };
    const running = await claimed(limited, await triggerJob(limited, job));
    const waiting = await triggerJob(limited, job);
    await processRunMessage(limited, succeed, waiting);
    platform.sent.length = 0;

    await finishAttempt(limited, running, anOutcome());

    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
  });

  it('advances through the sweeper if no worker admitted the next run', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    await processRunMessage(platform, succeed, waiting);
    await endWithoutRelease(platform, running);
    platform.sent.length = 0;

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toMatchObject([{ ulid: waiting.ulid }]);
    expect(await getRun(db, waiting)).toMatchObject({ state: 'queued', waiting: null });
  });

  it.each([
    [
      'the run that ends',
      async (platform: TestPlatform, running: ClaimedRun) => finishAttempt(platform, running, anOutcome()),
    ],
    [
      'the sweeper',
      async (platform: TestPlatform, running: ClaimedRun) => {
        await endWithoutRelease(platform, running);
        await sweepTenant(platform, running.run.tenant);
      },
    ],
  ])('advances through %s although the run at its head cannot be admitted', async (_, release) => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    const head = await triggerJob(platform, job);
    // Runs of the same millisecond have a random order.
    platform.advance(1);
    const next = await triggerJob(platform, job);
    for (const run of [head, next]) await processRunMessage(platform, succeed, run);
    platform.sent.length = 0;
    const isRefused = ({ command, input }: StoreCall) => command === 'UpdateItem' && input.includes(head.ulid);

    const released = release(withDb(platform, refusingDb(platform.db, isRefused)), running);

    await expect(released).rejects.toThrow('the store refused UpdateItem');
    expect(platform.sent).toMatchObject([{ ulid: next.ulid }]);
  });

  it('tries one run if the store is throttled', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    for (let i = 0; i < 5; i++) await processRunMessage(platform, succeed, await triggerJob(platform, job));
    await endWithoutRelease(platform, running);
    const tried = new Set<string>();
    const isThrottled = ({ command, input }: StoreCall) => {
      const isAdmission = command === 'UpdateItem' && input.includes(`${job.tenant}#admitted`);
      if (isAdmission) tried.add(input);
      return isAdmission;
    };
    const slowDown = () => Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

    const sweep = sweepTenant(withDb(platform, refusingDb(db, isThrottled, slowDown)), job.tenant);

    await expect(sweep).rejects.toThrow('slow down');
    expect(tried.size).toBe(1);
  });

  it('advances if the only active run ended before the next one was queued', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const running = await claimed(platform, await triggerJob(platform, job));
    platform.sent.length = 0;
    const meanwhile = () => finishAttempt(platform, running, anOutcome());

    const next = await triggerJob(
      interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile),
      job,
    );

    expect(platform.sent).toMatchObject([{ ulid: next.ulid }]);
    expect(await getRun(db, next)).toMatchObject({ state: 'queued', waiting: null });
  });

  it('advances if the only other run is canceled before the next one waits', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const [first, second] = await startTogether(platform);
    platform.sent.length = 0;
    const meanwhile = () => cancelRun(platform, second, 'ana');

    await processRunMessage(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      succeed,
      first,
    );

    expect(platform.sent).toMatchObject([{ ulid: first.ulid }]);
  });

  it('holds the limit if two runs start at the same time, and one of them waits', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const [first, second] = await startTogether(platform);

    await claimQueuedRun(platform, first);
    await claimQueuedRun(platform, second);

    expect(await getRun(db, first)).toMatchObject({ state: 'queued', waiting: 'limit', attempt: 0 });
    expect(await getRun(db, second)).toMatchObject({ state: 'running' });
  });

  it('holds the limit if another run takes the last slot while a retry is claimed', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const { job, retried } = await givenDueRetry(platform);
    let second: Run | undefined;
    const meanwhile = async () => {
      second = await triggerJob(platform, job);
      await claimed(platform, second);
    };

    await claimQueuedRun(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      retried,
    );

    expect(await getRun(db, second as Run)).toMatchObject({ state: 'running' });
    expect(await getRun(db, retried)).toMatchObject({ state: 'queued', waiting: 'limit', attempt: 1 });
  });

  it('does not mark a run as waiting that was claimed meanwhile', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const [first, second] = await startTogether(platform);
    // The message is delivered twice, the second time when a slot is free.
    const meanwhile = async () => {
      await cancelRun(platform, second, 'ana');
      await claimed(platform, first);
    };

    await processRunMessage(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      succeed,
      first,
    );

    expect(await getRun(db, first)).toMatchObject({ state: 'running', waiting: null });
  });
});

describe('cancelRun', () => {
  it('leaves the result of a run that ends meanwhile', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const ownClaim = await claimed(platform, await triggerJob(platform, job));
    const meanwhile = () => finishAttempt(platform, ownClaim, anOutcome());

    // The run is not queued any more, and when the stop is requested, it is not running any more.
    const late = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs', nth: 2 }, meanwhile);
    const canceled = await cancelRun(late, ownClaim.run, 'ana');

    expect(canceled).toMatchObject({ state: 'completed', canceledBy: null });
    expect(await getRun(db, ownClaim.run)).toMatchObject({ state: 'completed', canceledBy: null });
  });

  it('cancels a run that is requeued for its next attempt meanwhile', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: RETRY });
    const ownClaim = await claimed(platform, await triggerJob(platform, job));
    const meanwhile = () => finishAttempt(platform, ownClaim, anOutcome({ status: 'error', exitCode: 1 }));

    const late = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs', nth: 2 }, meanwhile);

    expect(await cancelRun(late, ownClaim.run, 'ana')).toMatchObject({ state: 'canceled', canceledBy: 'ana' });
  });

  it('prevents further attempts if it comes before a failure is reported', async () => {
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

  it('cancels a run that releases its claim to another one meanwhile', async () => {
    const platform = testPlatform(db, { concurrentRuns: 1 });
    const { job, retried } = await givenDueRetry(platform);
    // Another run takes the slot, and the retry is canceled before it releases its claim.
    const both = { command: 'UpdateItemCommand', table: 'runs', nth: 1 } as const;
    const way = { ...both, nth: 2 };
    const late = interruptBefore(platform, way, () => cancelRun(platform, retried, 'ana'));

    await claimQueuedRun(
      interruptBefore(late, both, async () => claimed(platform, await triggerJob(platform, job))),
      retried,
    );
    platform.advance(61_000);
    await sweepExpiredLeases(platform, job.tenant);

    expect(await getRun(db, retried)).toMatchObject({ state: 'canceled', canceledBy: 'ana' });
  });

  it('leaves the result of a queued run that ends meanwhile', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job);
    const meanwhile = () => processRunMessage(platform, succeed, run);

    await cancelRun(interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile), run, 'ana');

    expect(await getRun(db, run)).toMatchObject({ state: 'completed', canceledBy: null });
  });
});

describe('sweepLeases', () => {
  it('keeps the run if its lease is renewed meanwhile', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const { run, lease } = await claimed(platform, await triggerJob(platform, job));
    platform.advance(61_000);
    const meanwhile = () => renewLease(db, run, createLease(platform.now(), lease.token));

    await sweepExpiredLeases(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      job.tenant,
    );

    expect(await getRun(db, run)).toMatchObject({ state: 'running', lease: { token: lease.token } });
  });

  it('leaves the result of a run that ends meanwhile', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const ownClaim = await claimed(platform, await triggerJob(platform, job));
    platform.advance(61_000);
    const meanwhile = () => finishAttempt(platform, ownClaim, anOutcome());

    await sweepExpiredLeases(
      interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile),
      job.tenant,
    );

    expect(await getRun(db, ownClaim.run)).toMatchObject({ state: 'completed', failure: null });
  });

  it('renewLease rejects a token of a lost lease', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, retry: RETRY });
    const zombie = await claimed(platform, await triggerJob(platform, job));
    platform.advance(61_000);
    await sweepExpiredLeases(platform, job.tenant);
    platform.advance(60_000);
    const { lease } = await claimed(platform, zombie.run);

    const renewed = await renewLease(db, zombie.run, createLease(platform.now() + 600_000, zombie.lease.token));

    expect(renewed.ok).toBe(false);
    expect(await getRun(db, zombie.run)).toMatchObject({ attempt: 2, lease });
  });
});

describe('a redelivered or outdated message', () => {
  it('sends the run message that a crash prevented, for a tick', async () => {
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

  it('starts no run of a new job with the id of a deleted job', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job);
    await deleteJob(db, job, iso(START));
    await givenJob(platform, { ...job, incarnation: 'def67890' });

    await processRunMessage(platform, async () => expect.unreachable('a run of a deleted job'), run);

    expect(await getRun(db, run)).toMatchObject({ state: 'canceled', canceledBy: 'job deleted' });
  });

  it('does not start the next attempt before its due time', async () => {
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

  it('fails no run that another copy has started or ended, as a dead letter', async () => {
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
