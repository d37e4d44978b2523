import { createHash } from 'node:crypto';
import type { Job } from './job.ts';
import { nextFire, parseSchedule, registrationStart, toEventBridge } from './schedule/index.ts';

/** One schedule to register with EventBridge Scheduler. */
export interface DesiredSchedule {
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
  /** Epoch milliseconds, or null for none. */
  readonly startDate: number | null;
  readonly endDate: number | null;
}

/** A job's schedules: Unix cron that restricts both day fields takes two, everything else one. */
export const MAX_SCHEDULES_PER_JOB = 2;

/** The names that the schedules of this incarnation of a job can have; at most 64 characters: a hash. */
export function scheduleNames(job: Pick<Job, 'tenant' | 'id' | 'incarnation'>): readonly string[] {
  const hash = createHash('sha256').update(`${job.tenant}#${job.id}#${job.incarnation}`).digest('hex').slice(0, 40);
  return Array.from({ length: MAX_SCHEDULES_PER_JOB }, (_, i) => `${hash}-${i}`);
}

/** What is to be registered for a job: nothing for one that is disabled, on demand, or has no fire left. */
export function desiredSchedules(job: Job, now: number): readonly DesiredSchedule[] {
  if (!job.enabled || job.schedule === null) return [];
  const schedule = parseSchedule(job.schedule);
  const context = { timezone: job.timezone, startAt: job.startAt, endAt: job.endAt, anchor: job.createdAt };
  if (nextFire(schedule, { ...context, after: now }) === null) return [];
  const names = scheduleNames(job);
  return toEventBridge(schedule).map((expression, i) => ({
    name: names[i] ?? '',
    expression,
    timezone: job.timezone,
    startDate: registrationStart(schedule, { ...context, now }),
    endDate: job.endAt === null ? null : Date.parse(job.endAt),
  }));
}

/** What of a job a registration depends on: two jobs with the same content have the same schedules. */
export function registrationContent(job: Job): string {
  return job.enabled && job.schedule !== null
    ? JSON.stringify([job.schedule, job.timezone, job.startAt, job.endAt])
    : '';
}
