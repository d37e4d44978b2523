import type { Job, Registration } from '../../core/domain/job.ts';
import type { JobState } from '../../core/domain/job-state.ts';
import type { Run } from '../../core/domain/run.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { toDefinitionView } from '../definition/definition-view.ts';
import { type RunStatus, runStatus, terminalStatus } from './run-status.ts';

/** A job as `GET /jobs/:id` shows it. */
export function toJobView(job: Job, registration: Registration | undefined, now: number) {
  // A registration of the job that had this id before is not this one's.
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
  /** When it started. */
  readonly last_run: string | null;
}

/**
 * The last run that a list of jobs shows.
 *
 * @param newest the run made last, when it is not the one that ended last; undefined when its row is not to be found
 */
export function toLastRunView(state: JobState | undefined, newest: Run | undefined): LastRunView {
  if (newest) return { last_status: runStatus(newest), last_run: newest.startedAt };
  const last = state?.lastRun;
  return last
    ? { last_status: terminalStatus(last.state, last.timedOut), last_run: last.startedAt }
    : { last_status: null, last_run: null };
}
