import * as z from 'zod';
import type { Job, Registration } from '../../core/domain/job.ts';
import type { JobState } from '../../core/domain/job-state.ts';
import type { Pause } from '../../core/domain/pause.ts';
import { type Run, terminalStatus } from '../../core/domain/run.ts';
import { definitionFields, listedFields, toDefinitionView } from '../definition/definition-view.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { namedSchema, timestamp } from '../openapi/common-schemas.ts';
import { RUN_STATUSES, runStatus } from './run-status.ts';

const jobFields = lazy(() => ({
  ...definitionFields(),
  next_run: timestamp().nullable(),
  paused: z.boolean().describe('The schedule has no ticks now; runs on demand start.'),
  paused_until: timestamp()
    .nullable()
    .describe('End of the pause; `null` for a job that is not paused, or paused until it is resumed.'),
  created_at: timestamp(),
  updated_at: timestamp(),
  registration: z
    .object({ status: z.enum(['registered', 'none', 'failed']), error: z.string().nullable() })
    .nullable()
    .describe('State of the schedule in EventBridge Scheduler; `null` until it is known.'),
}));

const lastRunFields = () => ({
  last_status: z.enum(RUN_STATUSES).nullable(),
  last_run: timestamp().nullable().describe('`started_at` of the last run.'),
});

export const job = lazy(() => namedSchema('RunnerJob', z.object(jobFields())));
/** A job of the tenant. */
export type JobView = ViewOf<typeof job>;

export const listedJob = lazy(() =>
  namedSchema('RunnerListedJob', z.object({ ...jobFields(), ...lastRunFields(), ...listedFields() })),
);
/** A job in the list of all jobs, with its last run. */
export type ListedJobView = ViewOf<typeof listedJob>;

type LastRunView = Pick<ListedJobView, 'last_status' | 'last_run'>;

/** The part of a job that follows from its state and calendars. */
export interface JobTimes {
  /** The next run, ISO 8601, or `null` for none. */
  readonly nextRun: string | null;
  /** The current pause of the schedule. */
  readonly pause: Pause | undefined;
}

export function toJobView(job: Job, registration: Registration | undefined, { nextRun, pause }: JobTimes): JobView {
  // The registration may be that of a deleted job with the same id.
  const own = registration?.incarnation === job.incarnation ? registration : undefined;
  return {
    ...toDefinitionView(job),
    next_run: nextRun,
    paused: pause !== undefined,
    paused_until: pause?.until ?? null,
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    registration: own ? { status: own.status, error: own.error } : null,
  };
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
