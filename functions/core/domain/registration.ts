import { createHash } from 'node:crypto';
import type { Job } from './job.ts';
import { MAX_SCHEDULES, schedulesOf, timetableOf } from './job-timetable.ts';
import { nextFire, registrationStart, toEventBridge } from './schedule/index.ts';

/** A schedule to register with EventBridge Scheduler. */
export interface DesiredSchedule {
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
  /** Epoch milliseconds; null for none. */
  readonly startDate: number | null;
  readonly endDate: number | null;
}

/**
 * Number of names that every job may use. Unix cron that restricts both day fields needs two schedules, every other
 * expression one.
 */
export const MIN_SCHEDULE_NAMES = 2;
const MAX_SCHEDULE_NAMES = MIN_SCHEDULE_NAMES * MAX_SCHEDULES;

/**
 * Returns the possible names of the schedules of a job's incarnation: a hash, at most 64 characters.
 *
 * @param count number of names. @defaultValue those of a job with the maximum number of schedules
 */
export function scheduleNames(
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  count = MAX_SCHEDULE_NAMES,
): readonly string[] {
  const hash = createHash('sha256').update(`${job.tenant}#${job.id}#${job.incarnation}`).digest('hex').slice(0, 40);
  return Array.from({ length: count }, (_, i) => `${hash}-${i}`);
}

/** Returns the schedules to register for a job: none if the job is disabled, on demand, or has no future fire. */
export function desiredSchedules(job: Job, now: number): readonly DesiredSchedule[] {
  if (!job.enabled) return [];
  const names = scheduleNames(job);
  return timetableOf(job)
    .filter(({ schedule, context }) => nextFire(schedule, { ...context, after: now }) !== null)
    .flatMap(({ schedule, context }) =>
      toEventBridge(schedule).map((expression) => ({
        expression,
        timezone: context.timezone,
        startDate: registrationStart(schedule, { ...context, now }),
        endDate: job.endAt === null ? null : Date.parse(job.endAt),
      })),
    )
    .map((schedule, i) => ({ name: names[i] ?? '', ...schedule }));
}

/**
 * Returns a fingerprint of the fields that determine a job's registration: jobs with equal fingerprints have equal
 * schedules.
 */
export function registrationContent(job: Job): string {
  const { enabled, schedule, timezone, schedules, startAt, endAt } = job;
  if (!enabled || schedulesOf(job).length === 0) return '';
  if (schedules.length === 0) return JSON.stringify([schedule, timezone, startAt, endAt]);
  return JSON.stringify([schedules.map((one) => [one.schedule, one.timezone]), startAt, endAt]);
}
