import { JobdeckError } from '../../core/domain/errors.ts';
import type { CountReads } from '../../core/store/walk-runs.ts';

/** The maximum that one request reads. */
export interface ReadBudget {
  /** Keys of an index. */
  readonly keys: number;
  readonly rows: number;
  /** Milliseconds of the request's time that are kept for everything after the reads. */
  readonly reservedMs: number;
}

/**
 * The error of a request that ran out of time: 503 with `Retry-After`. It is no fault of the request, which succeeds when
 * the store answers faster.
 */
export const requestTimeoutError = (): JobdeckError =>
  new JobdeckError('unavailable', 'request.timeout', 'The request took too long; try it again');

/**
 * Returns a function that counts reads, to be called before each read.
 *
 * @param remainingMs returns the milliseconds until the platform ends the request
 * @param tooSparse returns the error of a request that used up its keys or rows; `looked` is the number that was read
 * @throws (the returned function) what `tooSparse` returns, or JobdeckError `request.timeout` when less than `restMs` is left
 */
export function createReadCounter(
  budget: ReadBudget,
  remainingMs: () => number,
  tooSparse: (looked: number) => Error,
): CountReads {
  const spent = { keys: 0, rows: 0 };
  return (what, read) => {
    if (spent[what] >= budget[what]) throw tooSparse(Math.max(spent.keys, spent.rows));
    if (remainingMs() < budget.reservedMs) throw requestTimeoutError();
    spent[what] += read;
  };
}
