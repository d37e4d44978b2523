import { newestAttemptStart } from './attempt.ts';
import { isTerminal, type Lease, type Run } from './run.ts';
import { LEASE_MS } from './timing.ts';

/**
 * Compute time: the time that workers spend on a tenant's scripts, HTTP requests and flow slices, in milliseconds, with
 * retries. Planning of a flow does not count.
 */

/** Prefix of the names under which a tenant's counter holds the compute time of a month. */
const COUNT_PREFIX = 'compute_';

/** Returns the day of an instant in UTC, for example `2026-11-30`. */
export const toDay = (time: string | number): string => new Date(time).toISOString().slice(0, 10);

/** Returns the month of an instant in UTC, for example `2026-11`. */
export const toMonth = (time: string | number): string => new Date(time).toISOString().slice(0, 7);

/** Returns the first instant after a month, in epoch milliseconds. */
export function monthEnd(month: string): number {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return Date.UTC(year, number, 1);
}

/** Returns the name of the count of a month's compute time, for example `compute_2026_11`. */
export const computeCount = (month: string): string => COUNT_PREFIX + month.replace('-', '_');

/**
 * @returns whether a count is of a month before the previous one. No change of such a month is counted any more, because
 *   a stream keeps changes for a day.
 */
export function isOutdatedComputeCount(name: string, now: number): boolean {
  const thisMonth = toMonth(now);
  const [year = 0, number = 1] = thisMonth.split('-').map(Number);
  const previous = toMonth(Date.UTC(year, number - 2, 1));
  return name.startsWith(COUNT_PREFIX) && name < computeCount(previous);
}

/** Returns compute time in whole seconds, rounded down. */
export const toComputeSeconds = (ms: number): number => Math.floor(ms / 1_000);

/** Returns the compute time of a run so far. Active attempts count at their end, tasks of flows every ten minutes. */
export const computeMsOf = ({ priorComputeMs, executionMs }: Pick<Run, 'priorComputeMs' | 'executionMs'>): number =>
  priorComputeMs + (executionMs ?? 0);

/**
 * Returns the day in which the newest compute time of a run counts, or null if it has none. An attempt counts on the
 * day of its start, slices of a flow on the day on which they are added to the run. Attempts need no further
 * attribute then, which would make a retry more expensive.
 */
export function computeDayOf(run: Run): string | null {
  if (run.flow === null) {
    const startedAt = newestAttemptStart(run);
    return startedAt === null ? null : toDay(startedAt);
  }
  return isTerminal(run.state) && run.finishedAt !== null ? toDay(run.finishedAt) : run.computeDay;
}

/**
 * Returns the compute time of an attempt whose worker was lost: until its last heartbeat. The planning of a flow has
 * none.
 */
export function lostComputeMs(run: Run, lease: Lease): number {
  const startedAt = newestAttemptStart(run);
  if (startedAt === null || run.flow !== null) return 0;
  return Math.max(0, Date.parse(lease.until) - LEASE_MS - Date.parse(startedAt));
}
