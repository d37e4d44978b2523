import { type Health, type HealthThresholds, healthOf } from '../../../core/domain/health.ts';
import { formatDuration, plural } from './format.ts';

interface Measured {
  readonly failedCount: number;
  readonly oldestPendingAgeMs: number | null;
}

/** A status, and why it is so. */
export interface Verdict {
  readonly health: Health;
  /** One sentence a cause; the first is the gravest. */
  readonly reasons: readonly string[];
}

export const ALL_WELL = 'Nothing has failed, and nothing has been waiting long.';

/** What the metrics amount to, in words. */
export function verdictOf(metrics: Measured, thresholds: HealthThresholds): Verdict {
  const health = healthOf(metrics, thresholds);
  const reasons = [failures(metrics, thresholds), waiting(metrics, thresholds)].filter((one) => one !== undefined);
  return { health, reasons: reasons.length > 0 ? reasons : [ALL_WELL] };
}

function failures({ failedCount }: Measured, { errorFailedRuns }: HealthThresholds): string | undefined {
  if (failedCount === 0) return undefined;
  const failed = `${plural(failedCount, 'failed run')}`;
  return failedCount >= errorFailedRuns
    ? `There ${failedCount === 1 ? 'is' : 'are'} ${failed}; from ${errorFailedRuns} on it is an error.`
    : `There ${failedCount === 1 ? 'is' : 'are'} ${failed}; none would be well.`;
}

function waiting({ oldestPendingAgeMs }: Measured, thresholds: HealthThresholds): string | undefined {
  const warn = thresholds.warnPendingSeconds * 1_000;
  const error = thresholds.errorPendingSeconds * 1_000;
  if (oldestPendingAgeMs === null || oldestPendingAgeMs < warn) return undefined;
  const waited = `The oldest pending run has waited ${formatDuration(oldestPendingAgeMs)}`;
  return oldestPendingAgeMs > error
    ? `${waited}; over ${formatDuration(error)} is an error.`
    : `${waited}; from ${formatDuration(warn)} on it is a warning.`;
}
