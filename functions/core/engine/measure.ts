import { durationOf, type Run } from '../domain/run.ts';
import type { Measured } from '../platform/metrics.ts';

/** What the end of a run measures: how it ended and how long it took. A cancelled run was neither good nor bad. */
export function measuresOfEnd(run: Run): Measured {
  const { state } = run;
  const durationMs = durationOf(run);
  if (state !== 'completed' && state !== 'failed') return {};
  return {
    ...(state === 'completed' ? { RunsCompleted: 1 } : { RunsFailed: 1 }),
    ...(durationMs !== null && { RunDuration: durationMs }),
  };
}

/** How long a run waited for its first worker, told with its first attempt. */
export function measuresOfStart({ attempt, startedAt, createdAt }: Run): Measured {
  return attempt === 1 && startedAt !== null ? { QueueLatency: Date.parse(startedAt) - Date.parse(createdAt) } : {};
}
