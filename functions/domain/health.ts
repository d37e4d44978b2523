/** When a tenant's light turns (`seeds/0-integration-metrics.md`, Health Status Indicators). */
export interface HealthThresholds {
  /** Age of the oldest pending run, in milliseconds, from which it is a warning, */
  readonly warnPendingAgeMs: number;
  /** and from which it is an error. */
  readonly errorPendingAgeMs: number;
  /** Failed runs from which it is an error; any is a warning. */
  readonly errorFailures: number;
}

export const HEALTH_THRESHOLDS: HealthThresholds = {
  warnPendingAgeMs: 10 * 60_000,
  errorPendingAgeMs: 60 * 60_000,
  errorFailures: 2,
};

export type Health = 'OK' | 'WARN' | 'ERROR';

/** OK, WARN or ERROR. Nothing pending is as good as something that has just come. */
export function healthOf(
  metrics: { readonly failedCount: number; readonly oldestPendingAgeMs: number | null },
  thresholds: HealthThresholds = HEALTH_THRESHOLDS,
): Health {
  const age = metrics.oldestPendingAgeMs ?? 0;
  // Over an hour is an error; the contract's ten minutes are a warning from the first millisecond.
  if (metrics.failedCount >= thresholds.errorFailures || age > thresholds.errorPendingAgeMs) return 'ERROR';
  return metrics.failedCount > 0 || age >= thresholds.warnPendingAgeMs ? 'WARN' : 'OK';
}
