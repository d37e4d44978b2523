import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { Pause } from '../../domain/pause.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJobState, putPauses } from '../../store/job-states.ts';
import { jobNotFoundError } from './start-run.ts';

/** Attempts at a change that conflicts with others. */
const MAX_TRIES = 8;

/**
 * Changes the pauses of a job. A tick that is decided at the same time depends on the pauses as read, so each tick is
 * decided before or after the change. The schedules in EventBridge Scheduler continue to fire; the dispatcher drops the
 * ticks of a pause, so that a pause takes effect at once and its end needs no process.
 *
 * @param change returns the new pauses
 * @throws JobdeckError `job.not_found`, or `job.busy` (conflict) after repeated conflicts
 */
export async function changePauses(
  { db }: Pick<Platform, 'db'>,
  job: Job,
  change: (pauses: readonly Pause[]) => readonly Pause[],
): Promise<readonly Pause[]> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const state = await getJobState(db, job.tenant, job.id);
    if (state?.incarnation !== job.incarnation) throw jobNotFoundError();
    const pauses = change(state.pauses);
    if (await putPauses(db, job, state, pauses)) return pauses;
  }
  throw new JobdeckError('conflict', 'job.busy', `Job '${job.id}' is being changed by other requests; try again`);
}
