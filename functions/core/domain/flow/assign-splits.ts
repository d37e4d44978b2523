import type { Split } from './plan.ts';

/**
 * Assigns each incomplete split to one task.
 *
 * @returns the split numbers of each task, in reading order. Splits of `unbounded` sources come last, because a task
 * never finishes one; among them, splits with staged pages come first, because these pages must be committed.
 */
export function assignSplits(splits: readonly Split[], unbounded: readonly number[], parallelism: number): number[][] {
  const numbers = [...splits.keys()].filter((split) => !splits[split]?.from?.done);
  const isUnbounded = (split: number) => unbounded.includes(splits[split]?.source ?? -1);
  const isStaged = (split: number) => Boolean(splits[split]?.from?.staged);
  return distributeSplits(
    numbers.filter((split) => !isUnbounded(split)),
    numbers.filter(isUnbounded),
    parallelism,
  ).map((share) => {
    const endless = share.filter(isUnbounded);
    const last = [...endless.filter(isStaged), ...endless.filter((split) => !isStaged(split))];
    return [...share.filter((split) => !isUnbounded(split)), ...last];
  });
}

/**
 * Distributes consecutive splits evenly over at most `parallelism` tasks, each with at least one split. Unbounded
 * splits are distributed in the same way, behind the others.
 */
export function distributeSplits(
  bounded: readonly number[],
  unbounded: readonly number[],
  parallelism: number,
): number[][] {
  const tasks = Math.min(parallelism, Math.max(bounded.length, unbounded.length));
  const share = (splits: readonly number[], task: number) =>
    splits.slice(Math.floor((task * splits.length) / tasks), Math.floor(((task + 1) * splits.length) / tasks));
  return Array.from({ length: tasks }, (_, task) => [...share(bounded, task), ...share(unbounded, task)]);
}
