import { describe, expect, it } from 'vitest';
import type { Plan } from '../../functions/core/domain/flow/plan.ts';
import type { StagedBatch } from '../../functions/core/domain/flow/task.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import { loadPlan } from '../../functions/core/engine/flow/plan/plan-store.ts';
import { removeUnusedStaged } from '../../functions/core/engine/flow/staging/remove-unused.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { stagedObjectKey } from '../../functions/core/store/keys.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { changeTask, getTask } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Staged pages are kept while a task or checkpoint refers to them, and concurrent checkpoints have distinct epochs. */
const db = memoryDb();
const HOUR = 3_600_000;

async function aRun() {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
  const ref = await startFlowRun(platform, await givenFlow(platform, { parallelism: 1 }));
  const storePage = async (ulid: RunRef, page: number) => {
    const key = stagedObjectKey(ulid, 0, page, 1);
    await platform.objects.put(key, '{}', 'application/json');
    return key;
  };
  const stagePage = async (key: string | null) => {
    const task = await getTask(db, ref, 0);
    if (!task) throw new Error('the task does not exist');
    const staged: StagedBatch | null = key === null ? null : { key, records: 10, through: 0, next: 1, last: false };
    await changeTask(db, task, { ...task, staged });
  };
  const run = await getRun(db, ref);
  if (!run) throw new Error('the run does not exist');
  return { platform, run, storePage, stagePage };
}

async function planOf({ objects }: TestPlatform, run: Run): Promise<Plan> {
  const plan = await loadPlan(objects, run, run.flow?.plan?.attempt ?? 0);
  if (!plan) throw new Error('the run has no plan');
  return plan;
}

describe('removal of staged pages', () => {
  it('keeps a page that was just stored and is about to be staged', async () => {
    const { platform, run, storePage } = await aRun();
    const key = await storePage(run, 0);

    await removeUnusedStaged(platform, run, await planOf(platform, run), 1);

    expect(platform.objects.held.has(key)).toBe(true);
  });

  it('keeps the staged pages of tasks and checkpoints and removes the others', async () => {
    const { platform, run, storePage, stagePage } = await aRun();
    const [through, cut, current] = [await storePage(run, 0), await storePage(run, 1), await storePage(run, 2)];
    await stagePage(cut);
    await takeCheckpoint(platform, run, 'request');
    await stagePage(current);
    platform.advance(HOUR);

    await removeUnusedStaged(platform, run, await planOf(platform, run), 1);

    expect([through, cut, current].map((key) => platform.objects.held.has(key))).toEqual([false, true, true]);
  });
});

describe('takeCheckpoint', () => {
  it('gives concurrent checkpoints distinct epochs', async () => {
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
