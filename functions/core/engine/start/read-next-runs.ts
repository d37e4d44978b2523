import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { schedulesOf } from '../../domain/job-timetable.ts';
import { ticksAfter } from '../../domain/pause.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJobStates } from '../../store/job-states.ts';
import { nextRunTime } from './job-schedule.ts';
import { readDatesOf } from './read-dates.ts';

/**
 * Reads the calendars and pauses on which the next runs of jobs depend.
 *
 * @param states the states of the jobs by job id, if they have been read
 * @returns a function that returns the next run of one of the jobs, ISO 8601, or `null` for none
 */
export async function readNextRuns(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  jobs: readonly Job[],
  states?: ReadonlyMap<string, JobState>,
): Promise<(job: Job) => string | null> {
  const scheduled = jobs.filter((job) => job.enabled && schedulesOf(job).length > 0);
  const ids = scheduled.map(({ id }) => id);
  const [datesOf, stateOf] = await Promise.all([
    readDatesOf(db, tenant, scheduled),
    states ?? getJobStates(db, tenant, ids),
  ]);
  return (job) => {
    const state = stateOf.get(job.id);
    const pauses = state?.incarnation === job.incarnation ? state.pauses : [];
    const after = ticksAfter(pauses, now());
    return after === null ? null : nextRunTime(job, after, datesOf(job));
  };
}

/** Reads the next run of one job like {@link readNextRuns}. */
export async function readNextRun(platform: Pick<Platform, 'db' | 'now'>, job: Job): Promise<string | null> {
  return (await readNextRuns(platform, job.tenant, [job]))(job);
}
