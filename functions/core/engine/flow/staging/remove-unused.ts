import type { Plan } from '../../../domain/flow/plan.ts';
import type { Run } from '../../../domain/run.ts';
import { listCheckpoints } from '../../../store/checkpoints.ts';
import { parseCut } from '../../../store/flow-objects.ts';
import { stagedFolder } from '../../../store/keys.ts';
import { listTasks } from '../../../store/tasks.ts';
import type { FlowPlatform } from '../flow-platform.ts';

/** Minimum age in milliseconds: longer than a slice may take between storing a batch and committing it. */
const MIN_AGE_MS = 20 * 60_000;

/**
 * Removes staged batches that are processed, because a run may continue for weeks. Batches that a task or a checkpoint
 * refers to stay.
 */
export async function removeUnusedStaged(
  platform: Pick<FlowPlatform, 'db' | 'now' | 'objects'>,
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
    // A batch adopted from a former run is referred to by the plan until a task reaches its split.
    const stagedBatches = [
      ...(await listTasks(db, run, tasks)).map(({ staged }) => staged),
      // guard: staged-page.inherited
      ...plan.splits.map(({ from }) => from?.staged),
    ];
    for (const { key, state } of await listCheckpoints(db, run)) {
      const text = state === 'completed' ? await objects.getText(key) : undefined;
      if (text !== undefined) stagedBatches.push(...parseCut(text).splits.map(({ staged }) => staged));
    }
    return new Set(stagedBatches.flatMap((staged) => (staged ? [staged.key] : [])));
  }
}
