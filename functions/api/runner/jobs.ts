import * as z from 'zod';
import type { Job } from '../../core/domain/job.ts';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { type JobState, newestRunsOf } from '../../core/domain/job-state.ts';
import { matchesLabels } from '../../core/domain/labels.ts';
import type { Run } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobStates } from '../../core/store/job-states.ts';
import { listJobs as readJobs } from '../../core/store/jobs.ts';
import { getRegistration, listRegistrations } from '../../core/store/registrations.ts';
import { getRuns } from '../../core/store/runs.ts';
import { omitLargeFields } from '../definition/definition-view.ts';
import { jobChangeInput, jobInput } from '../definition/documented-requests.ts';
import { jobNotFoundError, requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { jobChangeRequest, jobRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { type ApiRequest, alias, lazy, route } from '../http/route.ts';
import { ETAG, ifMatchHeader, pathParameter } from '../openapi/common-schemas.ts';
import { job, listedJob, toJobView, toLastRunView } from './job-view.ts';
import { jobsQuery } from './jobs-query.ts';

export const jobParameter = () => pathParameter('id', 'The id of the job.', 'hello', z.string().regex(JOB_ID));

const ok = lazy(() => z.object({ ok: z.literal(true) }));
const OK = { ok: true } as const;
const okWithETag = (description: string) => ({ 200: { description, body: ok(), headers: ETAG } });

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
    const newest = await findNewestRuns(db, jobs, states);
    const registrationOf = new Map(registrations.map((registration) => [registration.jobId, registration]));
    const views = jobs.map((job) => ({
      ...toJobView(job, registrationOf.get(job.id), now()),
      ...toLastRunView(findOwnState(job, states), newest.get(job.id)),
    }));
    return { status: 200, body: { jobs: omitLargeFields(views) } };
  },
});

export const createJob = route({
  method: 'POST',
  path: '/jobs',
  operation: 'createJob',
  action: 'define',
  body: jobRequest,
  openapi: () => ({
    summary: 'Create a job',
    description: 'A job runs a script, an HTTP request or a flow, on a schedule or on demand.',
    body: jobInput(),
    bodyExample: { id: 'hello', name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' },
    errors: [409],
  }),
  responses: () => ({
    201: {
      description: 'The job was created.',
      body: z.object({ ok: z.literal(true), id: z.string() }),
      example: { ok: true, id: 'hello' },
      headers: { Location: 'The path of the job.', ...ETAG },
    },
  }),
  async handle({ caller: { tenant }, body }, platform: Platform) {
    const job = await defineJob(platform, tenant, body);
    const headers = { location: `/jobs/${job.id}`, etag: etagOf(job) };
    return { status: 201, body: { ...OK, id: job.id }, headers, targets: [job.id] };
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
    const registration = await getRegistration(db, tenant, id);
    return { status: 200, body: { job: toJobView(job, registration, now()) }, headers: { etag: etagOf(job) } };
  },
});

export const updateJob = route({
  method: 'PATCH',
  path: '/jobs/{id}',
  operation: 'updateJob',
  action: 'define',
  body: jobChangeRequest,
  openapi: () => ({
    summary: 'Update a job',
    description: 'Omitted fields keep their values. Fields that are `null` take their defaults.',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    body: jobChangeInput(),
    bodyExample: { schedule: '0 7 * * 1-5', timezone: 'Europe/Berlin' },
    errors: [404, 409, 412],
  }),
  responses: () => okWithETag('The job was updated.'),
  async handle({ caller: { tenant }, params: { id }, body, headers }, platform: Platform) {
    const find = () => requireJob(platform.db, tenant, id);
    const change = (job: Job) => applyChange(job, body, jobRequest(), platform.now());
    const changed = await changeJob(platform, find, change, readIfMatch(headers));
    return { status: 200, body: OK, headers: { etag: etagOf(changed) } };
  },
});

export const deleteJob = route({
  method: 'DELETE',
  path: '/jobs/{id}',
  operation: 'deleteJob',
  action: 'define',
  openapi: () => ({
    summary: 'Delete a job',
    description: 'Deletes the job and its history, and cancels its active runs.',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 412],
  }),
  responses: () => ({ 200: { description: 'The job was deleted.', body: ok() } }),
  async handle({ caller, params: { id }, headers, remainingMs }, platform: Platform) {
    const ifMatch = readIfMatch(headers);
    const job = await requireJob(platform.db, caller.tenant, id);
    if (!(await removeJob(platform, caller, job, remainingMs, ifMatch))) throw jobNotFoundError();
    return { status: 200, body: OK };
  },
});

export const enableJob = route({
  method: 'POST',
  path: '/jobs/{id}/enable',
  operation: 'enableJob',
  action: 'operate',
  openapi: () => ({
    summary: 'Enable a job',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 409, 412],
  }),
  responses: () => okWithETag('The job is enabled.'),
  handle: ({ caller: { tenant }, params: { id }, headers }, platform: Platform) =>
    setEnabled(platform, tenant, id, headers, true),
});

export const disableJob = route({
  method: 'POST',
  path: '/jobs/{id}/disable',
  operation: 'disableJob',
  action: 'operate',
  openapi: () => ({
    summary: 'Disable a job',
    description: 'A disabled job skips its scheduled ticks and cannot be triggered.',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 409, 412],
  }),
  responses: () => okWithETag('The job is disabled.'),
  handle: ({ caller: { tenant }, params: { id }, headers }, platform: Platform) =>
    setEnabled(platform, tenant, id, headers, false),
});

async function setEnabled(
  platform: Platform,
  tenant: TenantId,
  id: string,
  headers: ApiRequest['headers'],
  enabled: boolean,
) {
  const find = () => requireJob(platform.db, tenant, id);
  const job = await changeJob(platform, find, () => ({ enabled }), readIfMatch(headers));
  return { status: 200 as const, body: OK, headers: { etag: etagOf(job) } };
}

/**
 * Returns the state if it belongs to this job. The reads are not one snapshot, so the state may be that of a deleted
 * job with the same id.
 */
function findOwnState(job: Job, states: ReadonlyMap<string, JobState>): JobState | undefined {
  const state = states.get(job.id);
  return state?.incarnation === job.incarnation ? state : undefined;
}

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
    return newer.map(({ ulid }) => ({ tenant: job.tenant, jobId: job.id, incarnation: job.incarnation, ulid }));
  });
  const runs = (await getRuns(db, refs)).filter((run) => run !== undefined);
  // The newest run of a job comes last.
  return new Map(runs.toReversed().map((run) => [run.jobId, run]));
}

/** The routes that change an existing job. */
export const jobChangeRoutes = [
  updateJob,
  deleteJob,
  enableJob,
  alias(enableJob, { method: 'PATCH', path: '/jobs/{id}/enable' }),
  disableJob,
  alias(disableJob, { method: 'PATCH', path: '/jobs/{id}/disable' }),
];
