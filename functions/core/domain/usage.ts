import { computeCount, toMonth } from './compute.ts';
import { type LimitReached, type Limits, tooMuchComputeError, tooMuchStoredError } from './limits.ts';
import type { SkipReason } from './run.ts';
import { STORED_BYTES } from './run-counts.ts';

/** The use of the limits that are checked at the start of a run. */
export interface Usage {
  /** Bytes stored by the tenant's runs. */
  readonly storedBytes: number;
  /** Compute time of the tenant in the month, in milliseconds. */
  readonly computeMs: number;
  /** The month in UTC, for example `2026-11`. */
  readonly month: string;
}

/** The limits that a {@link Usage} is compared with. */
export type UsageLimits = Pick<Limits, 'storedBytes' | 'computeSecondsPerMonth'>;

/** The counts of a tenant's counter. */
interface Counts {
  readonly current: Readonly<Record<string, number>>;
  readonly total: Readonly<Record<string, number>>;
}

/** @param now epoch milliseconds, in the month of the usage */
export function toUsage({ current, total }: Counts, now: number): Usage {
  const month = toMonth(now);
  return { storedBytes: current[STORED_BYTES] ?? 0, computeMs: total[computeCount(month)] ?? 0, month };
}

/** A used-up limit: the reason with which ticks are skipped, and the error with which requests are rejected. */
export interface ReachedLimit {
  readonly reason: SkipReason;
  readonly error: LimitReached;
}

/** Returns the first limit that is used up, so that no run may start. */
export function findReachedLimit(limits: UsageLimits, usage: Usage): ReachedLimit | undefined {
  if (/* guard: limit.stored-bytes */ usage.storedBytes >= limits.storedBytes) {
    return { reason: 'storage', error: tooMuchStoredError(limits.storedBytes, usage.storedBytes) };
  }
  const seconds = limits.computeSecondsPerMonth;
  if (seconds === null || /* guard: limit.compute */ usage.computeMs < seconds * 1_000) return undefined;
  return { reason: 'compute', error: tooMuchComputeError(seconds, usage) };
}
