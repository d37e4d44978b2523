import type { Cut } from '../../../domain/flow/checkpoint.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import type { Run } from '../../../domain/run.ts';
import { listCheckpoints } from '../../../store/checkpoints.ts';
import { stagedFolder } from '../../../store/keys.ts';
import { listTasks } from '../../../store/tasks.ts';
import type { CheckpointPlatform } from '../checkpoint/take-checkpoint.ts';

/** Longer than a slice may take from keeping what a source gave to committing it. */
const MIN_AGE_MS = 20 * 60_000;

/**
 * Removes what sources gave and what is through: of a run that goes on for weeks nothing else would. What a task has in
 * hand, and what a checkpoint has, stays.
 */
export async function removeUnusedStaged(
  platform: CheckpointPlatform,
  run: Run,
  plan: Plan,
  tasks: number,
): Promise<void> {
  const { objects, db } = platform;
  const old = platform.now() - MIN_AGE_MS;
  let kept: ReadonlySet<string> | undefined;
  for await (const page of objects.list(stagedFolder(run))) {
    for (const { key, modified } of page) {
      // guard: staged-page.recent
      if (modified >= old) continue;
      kept ??= await keysInUse();
      if (/* guard: staged-page.in-use */ !kept.has(key)) await objects.remove(key);
    }
  }

  async function keysInUse(): Promise<ReadonlySet<string>> {
    // What a run inherited waits in its plan for the task that comes to it.
    const stagedBatches = [
      ...(await listTasks(db, run, tasks)).map(({ hand: staged }) => staged),
      // guard: staged-page.inherited
      ...plan.splits.map(({ from }) => from?.hand),
    ];
    for (const { key, state } of await listCheckpoints(db, run)) {
      const text = state === 'completed' ? await objects.getText(key) : undefined;
      if (text !== undefined) stagedBatches.push(...(JSON.parse(text) as Cut).splits.map(({ hand: staged }) => staged));
    }
    return new Set(stagedBatches.flatMap((staged) => (staged ? [staged.key] : [])));
  }
}
