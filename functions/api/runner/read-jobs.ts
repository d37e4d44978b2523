import type { Job } from '../../core/domain/job.ts';
import type { JobState } from '../../core/domain/job-state.ts';
import type { Run } from '../../core/domain/run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobStates } from '../../core/store/job-states.ts';
import { listJobs as readJobs } from '../../core/store/jobs.ts';
import { getRegistration, listRegistrations } from '../../core/store/registrations.ts';
import { getRuns } from '../../core/store/runs.ts';
import { omitLargeFields } from '../definition/definition-view.ts';
import { requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { operation } from '../http/operation.ts';
import { toJobView, toLastRunView } from './job-view.ts';

export const listJobs = ({ db, now }: Platform) =>
  operation({
    async handle({ caller: { tenant } }) {
      const [jobs, states, registrations] = await Promise.all([
        readJobs(db, tenant),
        listJobStates(db, tenant),
        listRegistrations(db, tenant),
      ]);
      const newest = await findNewestRuns(db, jobs, states);
      const registrationOf = new Map(registrations.map((registration) => [registration.jobId, registration]));
      const views = jobs.map((job) => ({
        ...toJobView(job, registrationOf.get(job.id), now()),
        ...toLastRunView(findOwnState(job, states), newest.get(job.id)),
      }));
      return { status: 200, body: { jobs: omitLargeFields(views) } };
    },
  });

export const getJob = ({ db, now }: Platform) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const job = await requireJob(db, tenant, id);
      const registration = await getRegistration(db, tenant, id);
      return { status: 200, body: { job: toJobView(job, registration, now()) }, headers: { etag: etagOf(job) } };
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

/** Reads the newest run of each job whose newest run is not the one that ended last, by job id. */
async function findNewestRuns(
  db: Db,
  jobs: readonly Job[],
  states: ReadonlyMap<string, JobState>,
): Promise<Map<string, Run>> {
  const refs = jobs.flatMap((job) => {
    const { newestRun: newest, lastRun: last } = findOwnState(job, states) ?? {};
    if (!newest || newest.ulid === last?.ulid) return [];
    return [{ tenant: job.tenant, jobId: job.id, incarnation: job.incarnation, ulid: newest.ulid }];
  });
  const runs = (await getRuns(db, refs)).filter((run) => run !== undefined);
  return new Map(runs.map((run) => [run.jobId, run]));
}
