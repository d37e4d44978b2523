import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { schedulesOf, type TimetabledJob, timetableOf } from '../../domain/job-timetable.ts';
import type { Run } from '../../domain/run.ts';
import {
  type DateFilter,
  extendTimetable,
  jitterMs,
  nextTick,
  nextTicks,
  previousTick,
  ticksBetween,
} from '../../domain/schedule/index.ts';
import { FREQUENT_TICKS_MS } from '../../domain/timing.ts';

/** Returns the delay of the job's ticks in milliseconds. */
export function jitterOf(job: Pick<Job, 'tenant' | 'id' | 'incarnation' | 'jitterSeconds'>): number {
  return jitterMs(`${job.tenant}#${job.id}#${job.incarnation}`, job.jitterSeconds);
}

/** The part of a job from which its next fires derive. */
export type ScheduledJob = TimetabledJob & Pick<Job, 'enabled'>;

/**
 * Returns the next times at which a job's schedule fires, ISO 8601: at most `count`, and none for a job that is disabled
 * or on demand.
 *
 * @param dates the dates that the job's calendars leave (`read-dates.ts`); `undefined` for all
 */
export function nextRunTimes(job: ScheduledJob, now: number, count: number, dates: DateFilter | undefined): string[] {
  if (!job.enabled) return [];
  return nextTicks(timetableOf(job, dates), { after: now, count }).map((tick) => new Date(tick).toISOString());
}

/**
 * Returns the next time at which a job's schedule fires, ISO 8601, or `null` for a job that is disabled, on demand, or
 * past the end of its schedule.
 */
export const nextRunTime = (job: ScheduledJob, now: number, dates: DateFilter | undefined): string | null =>
  nextRunTimes(job, now, 1, dates)[0] ?? null;

/** A range of ticks. */
export interface TickRange {
  /** ISO 8601, both inclusive. */
  readonly from: string;
  readonly to: string;
  /** Maximum number of ticks. */
  readonly limit: number;
}

/**
 * Returns the first ticks of a job's schedule in a range, ISO 8601, ascending; none for a job on demand. A rate without
 * `startAt` also has ticks before its anchor, in its intervals.
 *
 * @param dates the dates that the job's calendars leave; `undefined` for all
 */
export function scheduledTicksBetween(
  job: TimetabledJob,
  { from, to, limit }: TickRange,
  dates: DateFilter | undefined,
): string[] {
  const timetable = extendTimetable(timetableOf(job, dates), from);
  return ticksBetween(timetable, { from: Date.parse(from) - 1, to, limit }).map((tick) => new Date(tick).toISOString());
}

/**
 * Advances the time up to which every tick has a row to the tick of this run, if the previous tick is covered already.
 * Ticks on dates that calendars exclude have been covered when they were dropped.
 *
 * @returns `undefined` if a tick between may be missing; the sweeper looks for it (`sweep/sweep-missed-ticks.ts`)
 */
export function ticksThroughAfter(
  job: TimetabledJob,
  { scheduledAt }: Pick<Run, 'scheduledAt'>,
  { ticksThrough }: Pick<JobState, 'ticksThrough'>,
): string | undefined {
  if (!scheduledAt || !ticksThrough || scheduledAt <= ticksThrough) return undefined;
  if (schedulesOf(job).length === 0) return undefined;
  const before = previousTick(timetableOf(job), { before: scheduledAt });
  return before === null || before <= Date.parse(ticksThrough) ? scheduledAt : undefined;
}

/** @returns whether the next tick follows a tick so soon that its start is in time to store the watermark */
export function isFollowedSoon(job: Job, tick: string): boolean {
  const next = nextTick(timetableOf(job), { after: tick });
  return next !== null && next - Date.parse(tick) <= FREQUENT_TICKS_MS;
}
