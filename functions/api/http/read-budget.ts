import { JobdeckError } from '../../core/domain/errors.ts';
import type { CountReads } from '../../core/store/walk-runs.ts';

/** The maximum number of reads in one request. */
export interface ReadBudget {
  /** Keys read from an index. */
  readonly keys: number;
  readonly rows: number;
  /** Milliseconds of the request's time that are reserved for the work after the reads. */
  readonly reservedMs: number;
}

/**
 * Creates the error of a request that ran out of time: 503 with `Retry-After`. The request may succeed when the store
 * answers faster.
 */
export const requestTimeoutError = (): JobdeckError =>
  new JobdeckError('unavailable', 'request.timeout', 'The request took too long; try it again');

/**
 * Creates a function that counts reads; it must be called before each read.
 *
 * @param remainingMs returns the milliseconds until the platform ends the request
 * @param budgetExceededError creates the error of a request that used up its keys or rows; `readCount` is the number of reads
 * @throws (the returned function) the error of `budgetExceededError`, or JobdeckError `request.timeout` when less than
 * `reservedMs` remains
 */
export function createReadCounter(
  budget: ReadBudget,
  remainingMs: () => number,
  budgetExceededError: (readCount: number) => Error,
): CountReads {
  const used = { keys: 0, rows: 0 };
  return (what, read) => {
    if (used[what] >= budget[what]) throw budgetExceededError(Math.max(used.keys, used.rows));
    if (remainingMs() < budget.reservedMs) throw requestTimeoutError();
    used[what] += read;
  };
}
