import type { Split } from './plan.ts';

/**
 * The splits of each task, by their numbers, in the order in which it reads them: of those that are not done each one
 * is one task's. Those of `unbounded` sources come behind all others, and of them first those that something is in hand
 * of: that has to be taken into the sinks, and a task never comes to the end of one.
 */
export function assignSplits(splits: readonly Split[], unbounded: readonly number[], parallelism: number): number[][] {
  const numbers = [...splits.keys()].filter((split) => !splits[split]?.from?.done);
  const isUnbounded = (split: number) => unbounded.includes(splits[split]?.source ?? -1);
  const isStaged = (split: number) => Boolean(splits[split]?.from?.hand);
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
 * Shares splits out to at most `parallelism` tasks: consecutive ones, as evenly as it goes; no task without one.
 * Of `unbounded` ones, which never end, each task gets its share behind all the others.
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
