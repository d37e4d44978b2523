import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import type { Run } from '../../domain/run.ts';
import { jitterMs, nextFire, parseSchedule, previousFire } from '../../domain/schedule/index.ts';

/** How long each tick of this job is held back. */
export function jitterOf(job: Job): number {
  return jitterMs(`${job.tenant}#${job.id}#${job.incarnation}`, job.jitterSeconds);
}

/** Where a job's schedule is evaluated. */
export function scheduleContext(job: Job) {
  return { timezone: job.timezone, startAt: job.startAt, endAt: job.endAt, anchor: job.createdAt };
}

/** When a job's schedule fires next; null for a job that is disabled, on demand, or whose schedule has run out. */
export function nextRunTime(job: Job, now: number): string | null {
  if (!job.enabled || job.schedule === null) return null;
  const fire = nextFire(parseSchedule(job.schedule), { ...scheduleContext(job), after: now });
  return fire === null ? null : new Date(fire).toISOString();
}

/**
 * The mark up to which every tick has a row, moved on to a run's tick, when the tick before it is marked: then none is
 * missing between. Undefined where one may be; the mark stays, and the sweeper looks (`sweeper/missed-ticks.ts`).
 */
export function ticksThroughAfter(job: Job, run: Run, { ticksThrough }: JobState): string | undefined {
  const { scheduledAt } = run;
  if (!scheduledAt || !job.schedule || !ticksThrough || scheduledAt <= ticksThrough) return undefined;
  const before = previousFire(parseSchedule(job.schedule), { ...scheduleContext(job), before: scheduledAt });
  return before === null || before <= Date.parse(ticksThrough) ? scheduledAt : undefined;
}
