import type { Lateness } from '../../domain/lateness.ts';
import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';

/** Emits the lateness of a run if the write at time `at` was the one that flagged it. */
export function emitIfFlaggedLate(platform: Pick<Platform, 'metrics'>, run: Run, lateness: Lateness, at: string): void {
  if ((lateness === 'start' ? run.lateStartAt : run.lateFinishAt) === at) emitLateness(platform, run, lateness);
}

/** Emits the lateness of a run as a metric and a log event. Call it once per flag. */
export function emitLateness({ metrics }: Pick<Platform, 'metrics'>, run: Run, lateness: Lateness): void {
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid };
  if (lateness === 'start') metrics.event('run.late_start', { LateStarts: 1 }, fields);
  else metrics.event('run.late_finish', { LateFinishes: 1 }, fields);
}
