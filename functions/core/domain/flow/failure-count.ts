import type { Task } from './task.ts';

/** Time without a failure after which earlier failures no longer count. */
const HEALTHY_PERIOD_MS = 2 * 60_000;

/** Returns the number of failures that count for a task that was healthy until `through` (epoch milliseconds). */
export function failureCountAt({ failures, healthySince }: Task, through: number): number {
  const isOver = healthySince !== null && through - Date.parse(healthySince) >= HEALTHY_PERIOD_MS;
  return isOver ? 0 : failures;
}

/**
 * Returns the number of failures that count for a task that has just failed, including the new failure. The healthy
 * period ends at the last progress, because later work was not committed.
 */
export function nextFailureCount(task: Task): number {
  return failureCountAt(task, /* guard: task.failures.progress */ lastProgressAt(task)) + 1;
}

/** Returns the time of a task's last progress in epoch milliseconds, up to 10 s early; 0 if there was none. */
const lastProgressAt = ({ rates }: Task): number => Math.max(0, ...rates.map(({ from }) => from * 1_000));
