import { durationOf, type Run } from '../../domain/run.ts';
import type { MetricValues } from '../../platform/metrics.ts';

/**
 * Returns the metrics of a run's end: its state and duration. Empty for a canceled run, which is neither a success nor
 * a failure.
 */
export function endMetrics(run: Run): MetricValues {
  const { state } = run;
  const durationMs = durationOf(run);
  if (state !== 'completed' && state !== 'failed') return {};
  return {
    ...(state === 'completed' ? { RunsCompleted: 1 } : { RunsFailed: 1 }),
    ...(durationMs !== null && { RunDuration: durationMs }),
  };
}

/** Returns the queue latency of a run, in milliseconds, with its first attempt. */
export function startMetrics({ attempt, startedAt, createdAt, runAt }: Run): MetricValues {
  return attempt === 1 && startedAt !== null
    ? { QueueLatency: Date.parse(startedAt) - Date.parse(runAt ?? createdAt) }
    : {};
}
