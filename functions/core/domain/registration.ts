import { createHash } from 'node:crypto';
import type { Job } from './job.ts';
import { timetableOf } from './job-timetable.ts';
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

/** Unix cron that restricts both day fields needs two schedules, every other expression one. */
export const MAX_SCHEDULES_PER_JOB = 2;

/** Returns the possible names of the schedules of a job's incarnation: a hash, at most 64 characters. */
export function scheduleNames(job: Pick<Job, 'tenant' | 'id' | 'incarnation'>): readonly string[] {
  const hash = createHash('sha256').update(`${job.tenant}#${job.id}#${job.incarnation}`).digest('hex').slice(0, 40);
  return Array.from({ length: MAX_SCHEDULES_PER_JOB }, (_, i) => `${hash}-${i}`);
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
  return job.enabled && job.schedule !== null
    ? JSON.stringify([job.schedule, job.timezone, job.startAt, job.endAt])
    : '';
}
