import type { Job } from './job.ts';
import { parseSchedule, type Timetable } from './schedule/index.ts';

/** The part of a job from which its ticks derive, apart from `enabled`. */
export type TimetabledJob = Pick<Job, 'schedule' | 'timezone' | 'startAt' | 'endAt' | 'createdAt'>;

/** Returns the schedules of a job: none for a job that only runs on demand. */
export function timetableOf(job: TimetabledJob): Timetable {
  const { schedule, timezone, startAt, endAt, createdAt: anchor } = job;
  if (schedule === null) return [];
  return [{ schedule: parseSchedule(schedule), context: { timezone, startAt, endAt, anchor } }];
}
