import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { CounterValues } from '../../core/store/counters.ts';

/** The six fields of the contract. */
export interface MetricsView {
  readonly pendingCount: number;
  readonly processingCount: number;
  readonly failedCount: number;
  /** Since the oldest pending run was made; null exactly when nothing is pending. */
  readonly oldestPendingAgeMs: number | null;
  /** When the run that ended last ended, done or failed. */
  readonly lastRunAt: string | null;
  /** How long that took; null also when it failed without ever having started. */
  readonly lastRunDurationMs: number | null;
}

/** @param oldestPending when the oldest pending run was made; undefined when none is to be found */
export function toMetricsView(
  { current, last }: Pick<CounterValues, 'current' | 'last'>,
  oldestPending: string | undefined,
  now: number,
): MetricsView {
  const { pending, processing, failed } = toRunCounts(current);
  return {
    // The counter may be a moment behind: what it counts and nobody finds has been taken since.
    pendingCount: oldestPending === undefined ? 0 : pending,
    processingCount: processing,
    failedCount: failed,
    oldestPendingAgeMs: oldestPending === undefined ? null : Math.max(0, now - Date.parse(oldestPending)),
    lastRunAt: last?.finishedAt ?? null,
    lastRunDurationMs: last?.durationMs ?? null,
  };
}
