/** When a tenant's health stops being good (`seeds/0-integration-metrics.md`, Health Status Indicators). */
export interface HealthThresholds {
  /** A pending run this old is a warning, in seconds. */
  readonly warnPendingSeconds: number;
  /** A pending run older than this is an error, in seconds. */
  readonly errorPendingSeconds: number;
  /** This many failed runs are an error; any smaller number but 0 is a warning. */
  readonly errorFailedRuns: number;
}

/** The contract's ten minutes; what it calls "multiple failures" and "very old" are two, and over an hour. */
export const HEALTH_THRESHOLDS: HealthThresholds = {
  warnPendingSeconds: 600,
  errorPendingSeconds: 3600,
  errorFailedRuns: 2,
};

export type Health = 'OK' | 'WARN' | 'ERROR';

/** What the metrics of a tenant, or of an integration, amount to. Nothing pending is as good as what has just come. */
export function healthOf(
  metrics: { readonly failedCount: number; readonly oldestPendingAgeMs: number | null },
  thresholds: HealthThresholds = HEALTH_THRESHOLDS,
): Health {
  const { failedCount } = metrics;
  const age = (metrics.oldestPendingAgeMs ?? 0) / 1_000;
  if (failedCount >= thresholds.errorFailedRuns || age > thresholds.errorPendingSeconds) return 'ERROR';
  return failedCount > 0 || age >= thresholds.warnPendingSeconds ? 'WARN' : 'OK';
}
