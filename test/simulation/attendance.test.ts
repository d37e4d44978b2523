import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CANCEL_POLL_MS, LEASE_MS } from '../../functions/core/domain/timing.ts';
import { attend } from '../../functions/core/engine/attend.ts';
import { type Claimed, claim, newLease } from '../../functions/core/engine/claim.ts';
import { attendTask } from '../../functions/core/engine/flow/attend-task.ts';
import { sweepLeases } from '../../functions/core/engine/sweep/leases.ts';
import { triggerJob } from '../../functions/core/engine/trigger.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { finishRun, getRun } from '../../functions/core/store/runs.ts';
import { changeTask, getTask } from '../../functions/core/store/tasks.ts';
import { behind, careful, givenFlow, numbers, started } from '../helpers/flow-world.ts';
import { memoryDb } from '../helpers/memory-db.ts';
import { givenJob, type TestPlatform, testPlatform } from '../helpers/platform.ts';

/** A worker stops as soon as it can know that what it works on is not its own any more. */
const db = memoryDb();
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** Lets the clock of a worker go on, with the looks that it takes meanwhile. */
async function pass(platform: TestPlatform, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += CANCEL_POLL_MS) {
    platform.advance(CANCEL_POLL_MS);
    vi.advanceTimersByTime(CANCEL_POLL_MS);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  }
}

const unreachable = (): Db => {
  const send = async () => {
    throw new Error('the store does not answer');
  };
  return { ...db, client: { send } as unknown as Db['client'] };
};

async function aRun(): Promise<Claimed & { readonly platform: TestPlatform }> {
  const platform = testPlatform(db);
  const claimed = await claim(platform, await triggerJob(platform, await givenJob(platform)));
  if (!claimed) throw new Error('the run was not claimed');
  return { ...claimed, platform };
}

async function aTask() {
  const platform = testPlatform(db);
  behind(platform, { sources: [numbers(1, 30)], sinks: [careful()] });
  const ref = await started(platform, await givenFlow(platform));
  const [run, seen] = [await getRun(db, ref), await getTask(db, ref, 0)];
  if (!run || !seen) throw new Error('the run was not planned');
  const task = { ...seen, slice: 1, lease: newLease(platform.now()) };
  await changeTask(db, seen, task);
  return { platform, run, task };
}

describe('a worker', () => {
  it('goes on with a run while it renews its lease, however long it takes', async () => {
    const { platform, run, lease } = await aRun();

    await using attendance = attend(platform, run, lease);
    await pass(platform, 5 * LEASE_MS);

    expect(attendance.signal.aborted).toBe(false);
    await sweepLeases(platform, run.tenant);
    expect(await getRun(db, run)).toMatchObject({ state: 'running' });
  });

  it('stops its work on a run that somebody else has ended', async () => {
    const { platform, run, lease } = await aRun();
    const at = new Date(platform.now()).toISOString();

    await using attendance = attend(platform, run, lease);
    await finishRun(db, run, lease, { ...run, state: 'failed', finishedAt: at, failure: null, late: false });
    await pass(platform, CANCEL_POLL_MS);

    expect(attendance.interruption()).toBe('lease-lost');
  });

  it('stops its work on a run when its lease is over by its own clock, though nobody can be asked', async () => {
    const { platform, run, lease } = await aRun();

    await using attendance = attend({ ...platform, db: unreachable() }, run, lease);
    await pass(platform, LEASE_MS - CANCEL_POLL_MS);
    const before = attendance.interruption();
    await pass(platform, CANCEL_POLL_MS);

    expect([before, attendance.interruption()]).toEqual([undefined, 'lease-lost']);
  });

  it('stops its work on a task that somebody else has taken', async () => {
    const { platform, run, task } = await aTask();

    await using attendance = attendTask(platform, run, task, null);
    await changeTask(db, task, { ...task, lease: null, failures: 1 });
    await pass(platform, LEASE_MS / 2);

    expect(attendance.interruption()).toBe('lease-lost');
  });

  it('stops its work on a task when its lease is over by its own clock, though nobody can be asked', async () => {
    const { platform, run, task } = await aTask();

    await using attendance = attendTask({ ...platform, db: unreachable() }, run, task, null);
    await pass(platform, LEASE_MS - CANCEL_POLL_MS);
    const before = attendance.interruption();
    await pass(platform, CANCEL_POLL_MS);

    expect([before, attendance.interruption()]).toEqual([undefined, 'lease-lost']);
  });
});
