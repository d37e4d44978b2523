import { describe, expect, it } from 'vitest';
import type { Plan } from '../../functions/core/domain/flow/plan.ts';
import type { Hand } from '../../functions/core/domain/flow/task.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { loadPlan } from '../../functions/core/engine/flow/plan-store.ts';
import { removeEmptyHands } from '../../functions/core/engine/flow/remove-empty-hands.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/take-checkpoint.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { handObjectKey } from '../../functions/core/store/keys.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { changeTask, getTask } from '../../functions/core/store/tasks.ts';
import { behind, careful, givenFlow, numbers, started } from '../helpers/flow-world.ts';
import { memoryDb } from '../helpers/memory-db.ts';
import { type TestPlatform, testPlatform } from '../helpers/platform.ts';

/** What a source gave is kept until nobody can need it, and checkpoints are taken side by side. */
const db = memoryDb();
const HOUR = 3_600_000;

async function aRun() {
  const platform = testPlatform(db);
  behind(platform, { sources: [numbers(1, 30)], sinks: [careful()] });
  const ref = await started(platform, await givenFlow(platform, { parallelism: 1 }));
  const keep = async (ulid: RunRef, page: number) => {
    const key = handObjectKey(ulid, 0, page, 1);
    await platform.objects.put(key, '{}', 'application/json');
    return key;
  };
  const takeInHand = async (key: string | null) => {
    const task = await getTask(db, ref, 0);
    if (!task) throw new Error('the task is gone');
    const hand: Hand | null = key === null ? null : { key, records: 10, through: 0, next: 1, last: false };
    await changeTask(db, task, { ...task, hand });
  };
  const run = await getRun(db, ref);
  if (!run) throw new Error('the run is gone');
  return { platform, run, keep, takeInHand };
}

async function planOf({ objects }: TestPlatform, run: Run): Promise<Plan> {
  const plan = await loadPlan(objects, run, run.flow?.plan?.attempt ?? 0);
  if (!plan) throw new Error('the run has no plan');
  return plan;
}

describe('of what sources gave', () => {
  it('what was just kept stays: the slice that did is about to take it in hand', async () => {
    const { platform, run, keep } = await aRun();
    const key = await keep(run, 0);

    await removeEmptyHands(platform, run, await planOf(platform, run), 1);

    expect(platform.objects.held.has(key)).toBe(true);
  });

  it('what a task has in hand, and what a checkpoint has, stays for as long as they do; the rest goes', async () => {
    const { platform, run, keep, takeInHand } = await aRun();
    const [through, cut, inHand] = [await keep(run, 0), await keep(run, 1), await keep(run, 2)];
    await takeInHand(cut);
    await takeCheckpoint(platform, run, 'request');
    await takeInHand(inHand);
    platform.advance(HOUR);

    await removeEmptyHands(platform, run, await planOf(platform, run), 1);

    expect([through, cut, inHand].map((key) => platform.objects.held.has(key))).toEqual([false, true, true]);
  });
});

describe('checkpoints', () => {
  it('that are taken at the same time have epochs of their own', async () => {
    const { platform, run } = await aRun();

    await Promise.all([takeCheckpoint(platform, run, 'request'), takeCheckpoint(platform, run, 'timer')]);

    const taken = await listCheckpoints(db, run);
    expect(taken).toMatchObject([
      { epoch: 2, state: 'completed' },
      { epoch: 1, state: 'completed' },
    ]);
    expect(taken.map(({ cause }) => cause).toSorted()).toEqual(['request', 'timer']);
  });
});
