import * as z from 'zod';
import type { Job } from '../../core/domain/job.ts';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { type JobState, newestRunsOf } from '../../core/domain/job-state.ts';
import { matchesLabels } from '../../core/domain/labels.ts';
import { findPause, type Pause } from '../../core/domain/pause.ts';
import type { Run } from '../../core/domain/run.ts';
import { readNextRuns } from '../../core/engine/start/read-next-runs.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { getJobStates, listJobStates } from '../../core/store/job-states.ts';
import { listJobs as readJobs } from '../../core/store/jobs.ts';
import { jobRefOf } from '../../core/store/keys.ts';
import { getRegistration, listRegistrations } from '../../core/store/registrations.ts';
import { getRuns } from '../../core/store/runs.ts';
import { omitLargeFields } from '../definition/definition-view.ts';
import { requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { route } from '../http/route.ts';
import { ETAG, pathParameter } from '../openapi/common-schemas.ts';
import { job, listedJob, toJobView, toLastRunView } from './job-view.ts';
import { jobsQuery } from './jobs-query.ts';

export const jobParameter = () => pathParameter('id', 'The id of the job.', 'hello', z.string().regex(JOB_ID));

export const listJobs = route({
  method: 'GET',
  path: '/jobs',
  operation: 'listJobs',
  action: 'read',
  polled: true,
  query: jobsQuery,
  repeatable: ['label'],
  openapi: () => ({ summary: 'List jobs', description: 'Returns all matching jobs, each with its last run.' }),
  responses: () => ({
    200: { description: 'The jobs, sorted by id.', body: z.object({ jobs: z.array(listedJob()) }) },
  }),
  async handle({ caller: { tenant }, query }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const [all, states, registrations] = await Promise.all([
      readJobs(db, tenant),
      listJobStates(db, tenant),
      listRegistrations(db, tenant),
    ]);
    const jobs = all.filter(({ labels }) => matchesLabels(labels, query.label));
    const [newest, nextRunOf] = await Promise.all([
      findNewestRuns(db, jobs, states),
      readNextRuns({ db, now }, tenant, jobs, states),
    ]);
    const registrationOf = new Map(registrations.map((registration) => [registration.jobId, registration]));
    const views = jobs.map((job) => ({
      ...toJobView(job, registrationOf.get(job.id), {
        nextRun: nextRunOf(job),
        pause: findCurrentPause(findOwnState(job, states), now()),
      }),
      ...toLastRunView(findOwnState(job, states), newest.get(job.id)),
    }));
    return { status: 200, body: { jobs: omitLargeFields(views) } };
  },
});

export const getJob = route({
  method: 'GET',
  path: '/jobs/{id}',
  operation: 'getJob',
  action: 'read',
  openapi: () => ({ summary: 'Get a job', pathParameters: jobParameter(), errors: [404] }),
  responses: () => ({
    200: { description: 'The definition of the job and its next run.', body: z.object({ job: job() }), headers: ETAG },
  }),
  async handle({ caller: { tenant }, params: { id } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const job = await requireJob(db, tenant, id);
    const [registration, states] = await Promise.all([getRegistration(db, tenant, id), getJobStates(db, tenant, [id])]);
    const nextRun = (await readNextRuns({ db, now }, tenant, [job], states))(job);
    const times = { nextRun, pause: findCurrentPause(findOwnState(job, states), now()) };
    return { status: 200, body: { job: toJobView(job, registration, times) }, headers: { etag: etagOf(job) } };
  },
});

/**
 * Returns the state if it belongs to this job. The reads are not one snapshot, so the state may be that of a deleted
 * job with the same id.
 */
function findOwnState(job: Job, states: ReadonlyMap<string, JobState>): JobState | undefined {
  const state = states.get(job.id);
  return state?.incarnation === job.incarnation ? state : undefined;
}

const findCurrentPause = (state: JobState | undefined, now: number): Pause | undefined =>
  state && findPause(state.pauses, new Date(now).toISOString());

/**
 * Reads the newest run of each job whose newest run is not the one that ended last, by job id. Reads at most two rows a
 * job, in one call for 100 rows.
 */
async function findNewestRuns(
  db: Db,
  jobs: readonly Job[],
  states: ReadonlyMap<string, JobState>,
): Promise<Map<string, Run>> {
  const refs = jobs.flatMap((job) => {
    const state = findOwnState(job, states);
    if (!state) return [];
    const pointers = newestRunsOf(state);
    const last = pointers.findIndex(({ ulid }) => ulid === state.lastRun?.ulid);
    const newer = last < 0 ? pointers : pointers.slice(0, last);
    return newer.map(({ ulid }) => ({ ...jobRefOf(job), ulid }));
  });
  const runs = (await getRuns(db, refs)).filter((run) => run !== undefined);
  // The newest run of a job comes last.
  return new Map(runs.toReversed().map((run) => [run.jobId, run]));
}
