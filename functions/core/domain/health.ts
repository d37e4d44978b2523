/** The thresholds of a tenant's health (integration metrics contract, "Health Status Indicators"). */
export interface HealthThresholds {
  /** Age in seconds from which a pending run is a warning. */
  readonly warnPendingSeconds: number;
  /** Age in seconds above which a pending run is an error. */
  readonly errorPendingSeconds: number;
  /** Number of failed runs from which the health is an error; a smaller number above 0 is a warning. */
  readonly errorFailedRuns: number;
}

/** The contract specifies ten minutes. Its "multiple failures" is read as 2, its "very old" as more than an hour. */
export const HEALTH_THRESHOLDS: HealthThresholds = {
  warnPendingSeconds: 600,
  errorPendingSeconds: 3600,
  errorFailedRuns: 2,
};

export type Health = 'OK' | 'WARN' | 'ERROR';

/** Returns the health of a tenant or an integration. Without pending runs, only failures count. */
export function healthOf(
  metrics: { readonly failedCount: number; readonly oldestPendingAgeMs: number | null },
  thresholds: HealthThresholds = HEALTH_THRESHOLDS,
): Health {
  const { failedCount } = metrics;
  const age = (metrics.oldestPendingAgeMs ?? 0) / 1_000;
  if (failedCount >= thresholds.errorFailedRuns || age > thresholds.errorPendingSeconds) return 'ERROR';
  return failedCount > 0 || age >= thresholds.warnPendingSeconds ? 'WARN' : 'OK';
}
