import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { CounterValues } from '../../core/store/counters.ts';

/** The fields of the integration metrics contract. */
export interface MetricsView {
  readonly pendingCount: number;
  readonly processingCount: number;
  readonly failedCount: number;
  /** Age of the oldest pending run in milliseconds. `null` if and only if no run is pending. */
  readonly oldestPendingAgeMs: number | null;
  /** End of the most recently completed or failed run. */
  readonly lastRunAt: string | null;
  /** Duration of that run in milliseconds. `null` also if it failed without having started. */
  readonly lastRunDurationMs: number | null;
}

/** @param oldestPending creation time of the oldest pending run; `undefined` if none was found */
export function toMetricsView(
  { current, last }: Pick<CounterValues, 'current' | 'last'>,
  oldestPending: string | undefined,
  now: number,
): MetricsView {
  const { pending, processing, failed } = toRunCounts(current);
  return {
    // The counter may be a second behind: a run that it still counts and that the index no longer has was claimed
    // meanwhile.
    pendingCount: oldestPending === undefined ? 0 : pending,
    processingCount: processing,
    failedCount: failed,
    oldestPendingAgeMs: oldestPending === undefined ? null : Math.max(0, now - Date.parse(oldestPending)),
    lastRunAt: last?.finishedAt ?? null,
    lastRunDurationMs: last?.durationMs ?? null,
  };
}
