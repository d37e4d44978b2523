import type { Job, JobSchedule } from './job.ts';
import { NO_OPTIONS, type RunOptions } from './run-input.ts';
import {
  type DateFilter,
  extendTimetable,
  findScheduleAt,
  isOnSelectedDate,
  parseSchedule,
  type Timetable,
} from './schedule/index.ts';

/** The part of a job from which its ticks derive, apart from `enabled`. */
export type TimetabledJob = Pick<Job, 'schedule' | 'timezone' | 'schedules' | 'startAt' | 'endAt' | 'createdAt'>;

/** Maximum number of schedules of a job. */
export const MAX_SCHEDULES = 10;

/** Returns the schedules of a job, of which one may be its single `schedule`; none for a job that only runs on demand. */
export function schedulesOf({
  schedule,
  timezone,
  schedules,
}: Pick<Job, 'schedule' | 'timezone' | 'schedules'>): readonly JobSchedule[] {
  if (schedules.length > 0) return schedules;
  return schedule === null ? [] : [{ schedule, timezone, payload: null }];
}

/**
 * Returns the timetable of a job: empty for a job that only runs on demand.
 *
 * @param dates the dates that the job's calendars leave (`domain/calendar.ts`). @defaultValue all
 */
export function timetableOf(job: TimetabledJob, dates?: DateFilter): Timetable {
  const { startAt, endAt, createdAt: anchor } = job;
  return schedulesOf(job).map(({ schedule, timezone }) => ({
    schedule: parseSchedule(schedule),
    context: { timezone, startAt, endAt, anchor, dates },
  }));
}

/** @returns whether every tick of the job has a payload of its schedule */
export const hasPayloads = ({ schedules }: Pick<Job, 'schedules'>): boolean =>
  schedules.length > 0 && schedules.every(({ payload }) => payload !== null);

/**
 * Returns the options of the run of a tick: the payload of the first schedule that fires at its time. The tick may be
 * before the anchor of a rate, as those of a backfill are.
 *
 * @param dates the dates that the job's calendars leave. @defaultValue all
 */
export function tickOptions(job: TimetabledJob, scheduledAt: string, dates?: DateFilter): RunOptions {
  if (job.schedules.every(({ payload }) => payload === null)) return NO_OPTIONS;
  const timetable = extendTimetable(timetableOf(job, dates), scheduledAt);
  const payload = job.schedules[findScheduleAt(timetable, Date.parse(scheduledAt))]?.payload ?? null;
  return payload === null ? NO_OPTIONS : { ...NO_OPTIONS, input: { payload } };
}

/**
 * Checks whether the calendars of a job leave a tick that a schedule sent. A tick of a former definition, at whose time no
 * schedule fires, counts as one of the first schedule.
 *
 * @param dates the dates that the job's calendars leave; `undefined` for all
 */
export function isTickOnSelectedDate(job: TimetabledJob, scheduledAt: string, dates: DateFilter | undefined): boolean {
  if (!dates) return true;
  const time = Date.parse(scheduledAt);
  if (findScheduleAt(timetableOf(job, dates), time) >= 0) return true;
  const isFormer = findScheduleAt(timetableOf(job), time) < 0;
  return isFormer && isOnSelectedDate(dates, job.timezone, time);
}
