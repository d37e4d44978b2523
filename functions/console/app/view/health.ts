import { type Health, type HealthThresholds, healthOf } from '../../../core/domain/health.ts';
import { formatDuration, pluralize } from './format.ts';

interface HealthMetrics {
  readonly failedCount: number;
  readonly oldestPendingAgeMs: number | null;
}

/** A health status and its reasons. */
export interface HealthSummary {
  readonly health: Health;
  /** One sentence per reason, the most severe first. */
  readonly reasons: readonly string[];
}

export const HEALTHY_MESSAGE = 'No failed runs and no long waiting times.';

/** Returns the health status for metrics, with reasons. */
export function summarizeHealth(metrics: HealthMetrics, thresholds: HealthThresholds): HealthSummary {
  const health = healthOf(metrics, thresholds);
  const reasons = [failureReason(metrics, thresholds), pendingReason(metrics, thresholds)].filter(
    (one) => one !== undefined,
  );
  return { health, reasons: reasons.length > 0 ? reasons : [HEALTHY_MESSAGE] };
}

function failureReason({ failedCount }: HealthMetrics, { errorFailedRuns }: HealthThresholds): string | undefined {
  if (failedCount === 0) return undefined;
  return `${pluralize(failedCount, 'failed run')} (error threshold: ${errorFailedRuns}).`;
}

function pendingReason({ oldestPendingAgeMs }: HealthMetrics, thresholds: HealthThresholds): string | undefined {
  const warn = thresholds.warnPendingSeconds * 1_000;
  const error = thresholds.errorPendingSeconds * 1_000;
  if (oldestPendingAgeMs === null || oldestPendingAgeMs < warn) return undefined;
  const message = `The oldest pending run has been waiting for ${formatDuration(oldestPendingAgeMs)}`;
  return oldestPendingAgeMs > error
    ? `${message} (error threshold: ${formatDuration(error)}).`
    : `${message} (warning threshold: ${formatDuration(warn)}).`;
}
