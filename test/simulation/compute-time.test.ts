import { describe, expect, it } from 'vitest';
import type { Task } from '../../functions/core/domain/flow/task.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { getRun, renewLease } from '../../functions/core/store/runs.ts';
import { changeTask, getTask, listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, recoverBySweeping, startFlowRun } from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();
const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
const TEN_MINUTES = 10 * 60_000;

/** Processes the next message of a run with this execution. */
async function process(platform: TestPlatform, execute: () => Promise<ReturnType<typeof anOutcome>>): Promise<void> {
  const message = platform.sent.shift();
  if (!message) throw new Error('no message was sent');
  platform.advance(message.delayMs);
  await processRunMessage(platform, execute, message);
}

/** An execution whose worker is lost: its last heartbeat is the claim. */
const losing = (platform: TestPlatform, tenant: RunRef['tenant']) => async () => {
  platform.advance(61_000);
  await sweepTenant(platform, tenant);
  return anOutcome();
};

describe('the compute time of a run', () => {
  it('includes the attempts that failed', async () => {
    const platform = testPlatform(db);
    const ref = await triggerJob(platform, await givenJob(platform, { retry: RETRY }));

    await process(platform, async () => anOutcome({ status: 'error', durationMs: 1_200.4 }));
    const waiting = await getRun(db, ref);
    await process(platform, async () => anOutcome({ durationMs: 300 }));

    expect(waiting).toMatchObject({ state: 'queued', priorComputeMs: 1_200 });
    expect(await getRun(db, ref)).toMatchObject({ state: 'completed', priorComputeMs: 1_200, executionMs: 300 });
  });

  it('includes a lost attempt until the last heartbeat of its worker', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { retry: RETRY });
    const ref = await triggerJob(platform, job);
    const beating = async () => {
      const run = await requireRun(platform, ref);
      const until = new Date(platform.now() + 40_000 + 60_000).toISOString();
      if (run.lease) await renewLease(db, run, { ...run.lease, until });
      platform.advance(40_000);
      return losing(platform, job.tenant)();
    };

    await process(platform, beating);
    const waiting = await getRun(db, ref);
    await process(platform, beating);

    expect(waiting).toMatchObject({ state: 'queued', priorComputeMs: 40_000 });
    expect(await getRun(db, ref)).toMatchObject({ state: 'failed', priorComputeMs: 80_000, executionMs: null });
  });
});

describe('the compute time of a flow run', () => {
  /** A started flow run with one task, whose slices process one page each. */
  async function given(platform: TestPlatform): Promise<{ readonly job: Job; readonly ref: RunRef }> {
    connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
    platform.sliceMs = 0;
    const job = await givenFlow(platform);
    return { job, ref: await startFlowRun(platform, job) };
  }

  const taskOf = async (platform: TestPlatform, ref: RunRef) => (await getTask(platform.db, ref, 0)) as Task;

  /** Lets the task have been busy for this time. */
  async function busyFor(platform: TestPlatform, ref: RunRef, busyMs: number): Promise<void> {
    const task = await taskOf(platform, ref);
    await changeTask(platform.db, task, { ...task, busyMs });
  }

  async function nextSlice(platform: TestPlatform, through = platform): Promise<void> {
    const message = platform.slices.shift();
    if (!message) throw new Error('no slice was sent');
    platform.advance(message.delayMs);
    await runSlice(through, { v: 1, ...message });
  }

  it('equals the time of all slices of its tasks', async () => {
    const platform = testPlatform(db);
    const { ref } = await given(platform);
    await busyFor(platform, ref, 5_000);

    await drainSlices(platform);

    const run = await requireRun(platform, ref);
    const [task] = await listTasks(db, ref, 1);
    expect(run.state).toBe('completed');
    expect(run.priorComputeMs).toBeGreaterThanOrEqual(5_000);
    expect(run.priorComputeMs).toBe(task?.busyMs);
  });

  it('adds ten minutes of slices to a running flow run, and the rest at its end', async () => {
    const platform = testPlatform(db);
    const { ref } = await given(platform);
    await busyFor(platform, ref, TEN_MINUTES);

    await nextSlice(platform);
    const during = await requireRun(platform, ref);
    const counted = await taskOf(platform, ref);
    await nextSlice(platform);
    const unchanged = await requireRun(platform, ref);
    await drainSlices(platform);

    expect(during.state).toBe('running');
    expect(during.priorComputeMs).toBeGreaterThanOrEqual(TEN_MINUTES);
    expect(during.computeDay).toMatch(/^2031-05-/);
    expect(counted.countedMs).toBe(during.priorComputeMs);
    expect(unchanged.priorComputeMs).toBe(during.priorComputeMs);
    const ended = await requireRun(platform, ref);
    expect(ended).toMatchObject({ state: 'completed', priorComputeMs: (await taskOf(platform, ref)).busyMs });
  });

  it('counts less than ten minutes at the end only', async () => {
    const platform = testPlatform(db);
    const { ref } = await given(platform);
    await busyFor(platform, ref, TEN_MINUTES - 60_000);

    await nextSlice(platform);

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'running', priorComputeMs: 0, computeDay: null });
  });

  it.each([false, true])(
    'counts each slice once for a crash at any call, with the response lost: %s',
    async (answerIsLost) => {
      let crashed = true;
      let crashes = 0;
      for (let crashAtCall = 1; crashed; crashAtCall++) {
        const platform = testPlatform(db);
        const { job, ref } = await given(platform);
        await busyFor(platform, ref, TEN_MINUTES);
        const faulty = withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }));

        crashed = await nextSlice(platform, faulty).then(
          () => false,
          (error: unknown) => {
            if (error instanceof Crash) return true;
            throw error;
          },
        );
        if (crashed) crashes++;
        await recoverBySweeping(platform, job, 6);

        const run = await requireRun(platform, ref);
        const { busyMs } = await taskOf(platform, ref);
        expect({ crashAtCall, state: run.state, ms: run.priorComputeMs }).toEqual({
          crashAtCall,
          state: 'completed',
          ms: busyMs,
        });
        expect(busyMs).toBeGreaterThanOrEqual(TEN_MINUTES);
      }
      expect(crashes).toBeGreaterThan(5);
    },
  );
});
