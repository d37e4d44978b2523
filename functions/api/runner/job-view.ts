import type { Job, Registration } from '../../core/domain/job.ts';
import type { JobState } from '../../core/domain/job-state.ts';
import type { Run } from '../../core/domain/run.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { toDefinitionView } from '../definition/definition-view.ts';
import { type RunStatus, runStatus, terminalStatus } from './run-status.ts';

/** Converts a job to the response of `GET /jobs/{id}`. */
export function toJobView(job: Job, registration: Registration | undefined, now: number) {
  // The registration may be that of a deleted job with the same id.
  const own = registration?.incarnation === job.incarnation ? registration : undefined;
  return {
    ...toDefinitionView(job),
    next_run: nextRunTime(job, now),
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    registration: own ? { status: own.status, error: own.error } : null,
  };
}

export interface LastRunView {
  readonly last_status: RunStatus | null;
  /** `started_at` of the last run. */
  readonly last_run: string | null;
}

/**
 * Converts the last run for the list of jobs.
 *
 * @param newest the newest run if it is not the one that ended last; `undefined` if its row was not found
 */
export function toLastRunView(state: JobState | undefined, newest: Run | undefined): LastRunView {
  if (newest) return { last_status: runStatus(newest), last_run: newest.startedAt };
  const last = state?.lastRun;
  return last
    ? { last_status: terminalStatus(last.state, last.timedOut), last_run: last.startedAt }
    : { last_status: null, last_run: null };
}
