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

export const HEALTHY_MESSAGE = 'Nothing has failed, and nothing has been waiting long.';

/** Returns the health status for metrics, with reasons. */
export function summarizeHealth(metrics: HealthMetrics, thresholds: HealthThresholds): HealthSummary {
  const health = healthOf(metrics, thresholds);
  const reasons = [failures(metrics, thresholds), waiting(metrics, thresholds)].filter((one) => one !== undefined);
  return { health, reasons: reasons.length > 0 ? reasons : [HEALTHY_MESSAGE] };
}

function failures({ failedCount }: HealthMetrics, { errorFailedRuns }: HealthThresholds): string | undefined {
  if (failedCount === 0) return undefined;
  const failed = `${pluralize(failedCount, 'failed run')}`;
  return failedCount >= errorFailedRuns
    ? `There ${failedCount === 1 ? 'is' : 'are'} ${failed}; from ${errorFailedRuns} on it is an error.`
    : `There ${failedCount === 1 ? 'is' : 'are'} ${failed}; none would be well.`;
}

function waiting({ oldestPendingAgeMs }: HealthMetrics, thresholds: HealthThresholds): string | undefined {
  const warn = thresholds.warnPendingSeconds * 1_000;
  const error = thresholds.errorPendingSeconds * 1_000;
  if (oldestPendingAgeMs === null || oldestPendingAgeMs < warn) return undefined;
  const waited = `The oldest pending run has waited ${formatDuration(oldestPendingAgeMs)}`;
  return oldestPendingAgeMs > error
    ? `${waited}; over ${formatDuration(error)} is an error.`
    : `${waited}; from ${formatDuration(warn)} on it is a warning.`;
}
