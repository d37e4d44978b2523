import type { Task } from './task.ts';

/** After so long without a failure, those before are forgotten. */
const HEALTHY_PERIOD_MS = 2 * 60_000;

/** How many failures of a task count that went well until `through`, epoch milliseconds. */
export function failureCountAt({ failures, healthySince }: Task, through: number): number {
  const isOver = healthySince !== null && through - Date.parse(healthySince) >= HEALTHY_PERIOD_MS;
  return isOver ? 0 : failures;
}

/**
 * How many failures of a task count now that it failed, this one with them. It went well until it moved on last: what
 * it did since, however long that took, came to nothing.
 */
export function nextFailureCount(task: Task): number {
  return failureCountAt(task, /* guard: task.failures.progress */ lastProgressAt(task)) + 1;
}

/** Epoch milliseconds at which a task moved on last, up to ten seconds early; 0 when it never did. */
const lastProgressAt = ({ rates }: Task): number => Math.max(0, ...rates.map(({ from }) => from * 1_000));
