import type { Job } from './job.ts';
import type { Run } from './run.ts';

/** The transition for which a run is late. */
export type Lateness = 'start' | 'finish';

/** Default of `startGraceSeconds`. */
export const START_GRACE_SECONDS = 300;
/** Default of `finishGraceSeconds`. The duration of a flow is not limited by default. */
export const FINISH_GRACE_SECONDS = 3_600;
export const FLOW_FINISH_GRACE_SECONDS = 0;

/** The grace periods of a job. 0 disables a check. */
export type GracePeriods = Pick<Job, 'startGraceSeconds' | 'finishGraceSeconds'>;

type Times = Pick<Run, 'trigger' | 'scheduledAt' | 'backfill' | 'runAt' | 'createdAt' | 'startedAt'>;

/**
 * Checks whether a run has started late or is late to start at `now`. The grace period counts from the tick, or from
 * the creation of a run without a tick or for a tick that is made up, or from the time that was requested for its start.
 *
 * @param jitterMs delay of the job's ticks
 */
export function isLateToStart(graces: GracePeriods, run: Times, now: number, jitterMs: number): boolean {
  if (graces.startGraceSeconds === 0) return false;
  const { trigger, scheduledAt, backfill, runAt, createdAt } = run;
  const from =
    trigger === 'schedule' && scheduledAt !== null && backfill === null
      ? Date.parse(scheduledAt) + jitterMs
      : Date.parse(runAt ?? createdAt);
  return now - from > graces.startGraceSeconds * 1_000;
}

/**
 * Checks whether a run has ended late or is late to end at `now`. The grace period counts from the start of the first
 * attempt.
 */
export function isLateToFinish(graces: GracePeriods, { startedAt }: Pick<Times, 'startedAt'>, now: number): boolean {
  if (graces.finishGraceSeconds === 0 || startedAt === null) return false;
  return now - Date.parse(startedAt) > graces.finishGraceSeconds * 1_000;
}
