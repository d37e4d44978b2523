import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CANCEL_POLL_INTERVAL_MS, LEASE_MS } from '../../functions/core/domain/timing.ts';
import { type ClaimedRun, claimQueuedRun } from '../../functions/core/engine/execute/claim-run.ts';
import { createLease } from '../../functions/core/engine/execute/lease.ts';
import { startHeartbeat } from '../../functions/core/engine/execute/lease-heartbeat.ts';
import { startTaskHeartbeat } from '../../functions/core/engine/flow/slice/task-heartbeat.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { finishRun, getRun } from '../../functions/core/store/runs.ts';
import { changeTask, getTask } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { startFlowRun } from '../helpers/simulations/process-messages.ts';
import { sweepExpiredLeases } from '../helpers/simulations/sweep-expired-leases.ts';

/** A worker stops as soon as it can detect the loss of its run or task. */
const db = memoryDb();
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** Advances the worker's clock, including the polls of its heartbeat. */
async function advanceClock(platform: TestPlatform, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += CANCEL_POLL_INTERVAL_MS) {
    platform.advance(CANCEL_POLL_INTERVAL_MS);
    vi.advanceTimersByTime(CANCEL_POLL_INTERVAL_MS);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  }
}

const unreachableDb = (): Db => {
  const send = async () => {
    throw new Error('the store does not answer');
  };
  return { ...db, client: { send } as unknown as Db['client'] };
};

async function aRun(): Promise<ClaimedRun & { readonly platform: TestPlatform }> {
  const platform = testPlatform(db);
  const claimed = await claimQueuedRun(platform, await triggerJob(platform, await givenJob(platform)));
  if (!claimed) throw new Error('the run was not claimed');
  return { ...claimed, platform };
}

async function aTask() {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  const [run, seen] = [await getRun(db, ref), await getTask(db, ref, 0)];
  if (!run || !seen) throw new Error('the run was not planned');
  const task = { ...seen, slice: 1, lease: createLease(platform.now()) };
  await changeTask(db, seen, task);
  return { platform, run, task };
}

describe('a heartbeat', () => {
  it('keeps a run while renewals of its lease succeed', async () => {
    const { platform, run, lease } = await aRun();

    await using heartbeat = startHeartbeat(platform, run, lease);
    await advanceClock(platform, 5 * LEASE_MS);

    expect(heartbeat.signal.aborted).toBe(false);
    await sweepExpiredLeases(platform, run.tenant);
    expect(await getRun(db, run)).toMatchObject({ state: 'running' });
  });

  it('interrupts the work on a run that another worker has ended', async () => {
    const { platform, run, lease } = await aRun();
    const at = new Date(platform.now()).toISOString();

    await using heartbeat = startHeartbeat(platform, run, lease);
    await finishRun(db, run, lease, { ...run, state: 'failed', finishedAt: at, failure: null, late: false });
    await advanceClock(platform, CANCEL_POLL_INTERVAL_MS);

    expect(heartbeat.interruptReason()).toBe('lease-lost');
  });

  it('interrupts the work on a run when the lease expires by the local clock while the store is unreachable', async () => {
    const { platform, run, lease } = await aRun();

    await using heartbeat = startHeartbeat({ ...platform, db: unreachableDb() }, run, lease);
    await advanceClock(platform, LEASE_MS - CANCEL_POLL_INTERVAL_MS);
    const before = heartbeat.interruptReason();
    await advanceClock(platform, CANCEL_POLL_INTERVAL_MS);

    expect([before, heartbeat.interruptReason()]).toEqual([undefined, 'lease-lost']);
  });

  it('interrupts the work on a task that another worker has claimed', async () => {
    const { platform, run, task } = await aTask();

    await using heartbeat = startTaskHeartbeat(platform, run, task, null);
    await changeTask(db, task, { ...task, lease: null, failures: 1 });
    await advanceClock(platform, LEASE_MS / 2);

    expect(heartbeat.interruptReason()).toBe('lease-lost');
  });

  it('interrupts the work on a task when the lease expires by the local clock while the store is unreachable', async () => {
    const { platform, run, task } = await aTask();

    await using heartbeat = startTaskHeartbeat({ ...platform, db: unreachableDb() }, run, task, null);
    await advanceClock(platform, LEASE_MS - CANCEL_POLL_INTERVAL_MS);
    const before = heartbeat.interruptReason();
    await advanceClock(platform, CANCEL_POLL_INTERVAL_MS);

    expect([before, heartbeat.interruptReason()]).toEqual([undefined, 'lease-lost']);
  });
});
