import type { Job } from './job.ts';
import type { Run } from './run.ts';

/** What a run is late with. */
export type Lateness = 'start' | 'finish';

/** Seconds after which a run that has not started is late, when its job says nothing. */
export const START_GRACE_SECONDS = 300;
/** Seconds from its start after which a run that has not ended is late; a flow takes as long as it takes. */
export const FINISH_GRACE_SECONDS = 3_600;
export const FLOW_FINISH_GRACE_SECONDS = 0;

/** What lateness is told by. A grace of 0: nobody minds. */
export type GracePeriods = Pick<Job, 'startGraceSeconds' | 'finishGraceSeconds'>;

type Times = Pick<Run, 'trigger' | 'scheduledAt' | 'createdAt' | 'startedAt'>;

/**
 * Whether a run starts, or has not started, too late at `now`: counted from its tick, or from its making when no tick
 * made it.
 *
 * @param jitterMs how long the job's ticks are held back
 */
export function isLateToStart(graces: GracePeriods, run: Times, now: number, jitterMs: number): boolean {
  if (graces.startGraceSeconds === 0) return false;
  const { trigger, scheduledAt, createdAt } = run;
  const from =
    trigger === 'schedule' && scheduledAt !== null ? Date.parse(scheduledAt) + jitterMs : Date.parse(createdAt);
  return now - from > graces.startGraceSeconds * 1_000;
}

/** Whether a run ends, or has not ended, too late at `now`: counted from the start of its first attempt. */
export function isLateToFinish(graces: GracePeriods, { startedAt }: Pick<Times, 'startedAt'>, now: number): boolean {
  if (graces.finishGraceSeconds === 0 || startedAt === null) return false;
  return now - Date.parse(startedAt) > graces.finishGraceSeconds * 1_000;
}
