import { durationOf, type Run } from '../../domain/run.ts';
import type { MetricValues } from '../../platform/metrics.ts';

/** What the end of a run measures: how it ended and how long it took. A cancelled run was neither good nor bad. */
export function endMetrics(run: Run): MetricValues {
  const { state } = run;
  const durationMs = durationOf(run);
  if (state !== 'completed' && state !== 'failed') return {};
  return {
    ...(state === 'completed' ? { RunsCompleted: 1 } : { RunsFailed: 1 }),
    ...(durationMs !== null && { RunDuration: durationMs }),
  };
}

/** How long a run waited for its first worker, told with its first attempt. */
export function startMetrics({ attempt, startedAt, createdAt }: Run): MetricValues {
  return attempt === 1 && startedAt !== null ? { QueueLatency: Date.parse(startedAt) - Date.parse(createdAt) } : {};
}
