import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { tickUlid } from '../../functions/core/domain/run-id.ts';
import { claimQueuedRun } from '../../functions/core/engine/execute/claim-run.ts';
import { finishAttempt } from '../../functions/core/engine/execute/finish-attempt.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { replaceJob } from '../../functions/core/store/jobs.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

const iso = (time: number) => new Date(time).toISOString();

/** Returns a platform, and a function that hides all later changes from eventually consistent reads. */
function laggingPlatform(): { readonly platform: TestPlatform; readonly hideChanges: () => void } {
  let lag = 0;
  const platform = testPlatform(memoryDb(undefined, () => lag));
  return {
    platform,
    hideChanges() {
      lag = Number.POSITIVE_INFINITY;
    },
  };
}

const tickOf = ({ tenant, id: jobId, incarnation }: Job, scheduledAt: string) =>
  ({ v: 1, tenant, jobId, incarnation, scheduledAt }) as const;

/** Returns the run of a tick. */
function runOf(platform: TestPlatform, { tenant, id: jobId, incarnation }: Job, scheduledAt: string) {
  const ref = { tenant, jobId, incarnation };
  return getRun(platform.db, { ...ref, ulid: tickUlid(ref, scheduledAt) });
}

describe('dispatchTick', () => {
  it('starts the run of a job that eventually consistent reads do not show yet', async () => {
    const { platform, hideChanges } = laggingPlatform();
    hideChanges();
    const job = await givenJob(platform);

    await dispatchTick(platform, tickOf(job, iso(START)));

    expect(await runOf(platform, job, iso(START))).toMatchObject({ state: 'queued', number: 1 });
  });

  it('starts the run of a job that eventually consistent reads show as disabled', async () => {
    const { platform, hideChanges } = laggingPlatform();
    const job = await givenJob(platform, { enabled: false });
    hideChanges();
    await replaceJob(platform.db, { ...job, enabled: true, version: job.version + 1 });

    await dispatchTick(platform, tickOf(job, iso(START)));

    expect(await runOf(platform, job, iso(START))).toMatchObject({ state: 'queued' });
  });

  it('numbers the runs of ticks whose decisions eventually consistent reads do not show', async () => {
    const { platform, hideChanges } = laggingPlatform();
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    hideChanges();
    const ticks = [0, 1, 2].map((minute) => iso(START + minute * 60_000));

    for (const tick of [...ticks, ...ticks]) await dispatchTick(platform, tickOf(job, tick));

    const runs = await Promise.all(ticks.map((tick) => runOf(platform, job, tick)));
    expect(runs.map((run) => run?.number)).toEqual([1, 2, 3]);
  });
});

describe('triggerJob', () => {
  it('lets a run wait for the place that eventually consistent reads show as taken', async () => {
    const { platform, hideChanges } = laggingPlatform();
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    await claimQueuedRun(platform, await triggerJob(platform, job));
    const waiting = await triggerJob(platform, job);
    hideChanges();
    await cancelRun(platform, waiting, 'ana');

    expect(await triggerJob(platform, job)).toMatchObject({ waiting: 'overlap', number: 3 });
  });
});

describe('the lock of an ended run', () => {
  it('goes to the next run although eventually consistent reads show its run as running', async () => {
    const { platform, hideChanges } = laggingPlatform();
    const job = await givenJob(platform, { schedule: null });
    const claimed = await claimQueuedRun(platform, await triggerJob(platform, job));
    if (!claimed) throw new Error('the run was not claimed');
    hideChanges();
    await finishAttempt(platform, claimed, anOutcome());

    expect(await triggerJob(platform, job)).toMatchObject({ state: 'queued', waiting: null, number: 2 });
  });
});

describe('claimQueuedRun', () => {
  it('claims a run that eventually consistent reads do not show yet', async () => {
    const { platform, hideChanges } = laggingPlatform();
    const job = await givenJob(platform, { schedule: null });
    hideChanges();
    const run = await triggerJob(platform, job);

    expect(await claimQueuedRun(platform, run)).toMatchObject({ run: { state: 'running', ulid: run.ulid } });
  });

  it('claims a run of a job that eventually consistent reads do not show yet', async () => {
    const { platform, hideChanges } = laggingPlatform();
    hideChanges();
    const run = await triggerJob(platform, await givenJob(platform, { schedule: null }));

    expect(await claimQueuedRun(platform, run)).toMatchObject({ run: { state: 'running', canceledBy: null } });
  });

  it('executes a run once although eventually consistent reads show it as queued', async () => {
    const { platform, hideChanges } = laggingPlatform();
    const run = await triggerJob(platform, await givenJob(platform, { schedule: null }));
    hideChanges();
    let executed = 0;
    const execute = async () => {
      executed++;
      return anOutcome();
    };

    await processRunMessage(platform, execute, run);
    await processRunMessage(platform, execute, run);

    expect(executed).toBe(1);
    expect(await getRun(platform.db, run)).toMatchObject({ state: 'completed', attempt: 1 });
  });

  it('lets a run wait that lost its lock, although its message names the lock', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { schedule: null });
    let second: Run | undefined;
    const meanwhile = async () => {
      platform.advance(61_000);
      second = await triggerJob(platform, job);
      await claimQueuedRun(platform, second);
      platform.sent.length = 0;
    };
    await triggerJob(interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile), job);
    const [message] = platform.sent;
    if (!message) throw new Error('no run message was sent');

    const claimed = await claimQueuedRun(platform, message);

    expect(message.lock?.since).toBe(iso(START));
    expect(claimed).toBeUndefined();
    expect(await getRun(platform.db, second as Run)).toMatchObject({ state: 'running' });
    expect(await getRun(platform.db, message)).toMatchObject({ state: 'queued', waiting: 'overlap' });
  });

  it('lets a run wait that lost its lock, although eventually consistent reads show it as the holder', async () => {
    // Prepare: the starter stalls for a minute before it stores the run, and another run takes the lock meanwhile.
    const { platform, hideChanges } = laggingPlatform();
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    let second: Run | undefined;
    const meanwhile = async () => {
      platform.advance(61_000);
      hideChanges();
      second = await triggerJob(platform, job);
      await claimQueuedRun(platform, second);
    };
    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);
    const first = await triggerJob(stalled, job);

    const claimed = await claimQueuedRun(platform, first);

    expect(claimed).toBeUndefined();
    expect(await getRun(platform.db, second as Run)).toMatchObject({ state: 'running' });
    expect(await getRun(platform.db, first)).toMatchObject({ state: 'queued', waiting: 'overlap' });
  });
});
