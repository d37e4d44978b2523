import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { newestRunsOf } from '../../core/domain/job-state.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { getJobState } from '../../core/store/job-states.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { definitionFields, listedFields, omitLargeFields, toDefinitionView } from '../definition/definition-view.ts';
import { FLOW_EXAMPLE, flowJobChange, flowJobInput } from '../definition/documented-requests.ts';
import { findJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { flowJobRequest, jobChangeRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { readIfMatch } from '../http/if-match.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import {
  ETAG,
  idempotencyKeyHeader,
  ifMatchHeader,
  namedSchema,
  pathParameter,
  timestamp,
} from '../openapi/common-schemas.ts';
import { FlowJobReader, requireJob } from './flow-jobs.ts';
import { flowsQuery, parseFlowsQuery } from './flows-query.ts';
import { jobSchema } from './job-view.ts';
import { NEXT_LINK, nextLinkHeader } from './next-link.ts';

const flowFields = lazy(() => ({
  _id: z.string(),
  ...definitionFields(),
  _integrationId: z.string().nullable(),
  createdAt: timestamp(),
  lastModified: timestamp(),
  nextRun: timestamp().nullable(),
}));
const flowSchema = lazy(() => namedSchema('FlowsFlow', z.object(flowFields())));
export type FlowView = ViewOf<typeof flowSchema>;

const listedFlowSchema = lazy(() => namedSchema('FlowsListedFlow', z.object({ ...flowFields(), ...listedFields() })));

/** A started job. `_jobId` repeats `_id` under the name that clients of Celigo's API read. */
const startedJobSchema = lazy(() => namedSchema('FlowsStartedJob', jobSchema().extend({ _jobId: z.string() })));

const flowParameter = lazy(() => pathParameter('id', 'The flow.', 'orders-to-erp', z.string().regex(JOB_ID)));

export const flowRoutes = [
  route({
    method: 'GET',
    path: '/v1/flows',
    operation: 'listFlows',
    action: 'read',
    polled: true,
    query: () => z.record(z.string(), z.string()),
    openapi: () => ({ summary: 'List flows', query: flowsQuery() }),
    responses: () => ({
      200: { description: 'The flows by id.', body: z.array(listedFlowSchema()), headers: NEXT_LINK },
    }),
    async handle({ caller: { tenant }, query }, { db, now }: Pick<Platform, 'db' | 'now'>) {
      const { matches, page } = parseFlowsQuery(query);
      const all = (await listJobs(db, tenant)).filter((job) => isFlow(job) && matches(job));
      const { number, size } = page ?? { number: 1, size: all.length };
      const shown = all.slice((number - 1) * size, number * size);
      const hasNextPage = number * size < all.length;
      return {
        status: 200,
        body: omitLargeFields(shown.map((flow) => toFlowView(flow, now()))),
        ...(hasNextPage && { headers: nextLinkHeader('/v1/flows', { ...query, page: String(number + 1) }) }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/flows',
    operation: 'createFlow',
    action: 'define',
    body: flowJobRequest,
    openapi: () => ({ summary: 'Create a flow', body: flowJobInput(), bodyExample: FLOW_EXAMPLE, errors: [409] }),
    responses: () => ({
      201: {
        description: 'The flow is created.',
        body: flowSchema(),
        headers: { Location: 'URL of the flow.', ...ETAG },
      },
    }),
    async handle({ caller: { tenant }, body }, platform: Platform) {
      const flow = await defineJob(platform, tenant, body);
      return {
        status: 201,
        body: toFlowView(flow, platform.now()),
        headers: { location: `/v1/flows/${flow.id}`, etag: etagOf(flow) },
        targets: [flow.id],
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/flows/{id}',
    operation: 'getFlow',
    action: 'read',
    openapi: () => ({ summary: 'Get a flow', pathParameters: flowParameter(), errors: [404] }),
    responses: () => ({ 200: { description: 'The definition of the flow.', body: flowSchema(), headers: ETAG } }),
    async handle({ caller: { tenant }, params: { id } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
      const flow = await requireFlow(db, tenant, id);
      return { status: 200, body: toFlowView(flow, now()), headers: { etag: etagOf(flow) } };
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/flows/{id}',
    operation: 'updateFlow',
    action: 'define',
    body: jobChangeRequest,
    openapi: () => ({
      summary: 'Change a flow',
      description: 'Missing fields are unchanged; null restores the default.',
      pathParameters: flowParameter(),
      headers: [ifMatchHeader()],
      body: flowJobChange(),
      bodyExample: { schedule: 'rate(15 minutes)' },
      errors: [404, 409, 412],
    }),
    responses: () => ({ 200: { description: 'The flow after the change.', body: flowSchema(), headers: ETAG } }),
    async handle({ caller: { tenant }, params: { id }, body, headers }, platform: Platform) {
      const { db, now } = platform;
      const find = () => requireFlow(db, tenant, id);
      const change = (job: Job) => applyChange(job, body, flowJobRequest(), now());
      const flow = await changeJob(platform, find, change, readIfMatch(headers));
      return { status: 200, body: toFlowView(flow, now()), headers: { etag: etagOf(flow) } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/flows/{id}',
    operation: 'deleteFlow',
    action: 'define',
    openapi: () => ({
      summary: 'Delete a flow',
      description: 'The flow and its jobs are removed at once; active jobs are canceled.',
      pathParameters: flowParameter(),
      headers: [ifMatchHeader()],
      errors: [404, 412],
    }),
    responses: () => ({ 204: { description: 'The flow is deleted.' } }),
    async handle({ caller, params: { id }, headers, remainingMs }, platform: Platform) {
      const ifMatch = readIfMatch(headers);
      const flow = await requireFlow(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, flow, remainingMs, ifMatch))) throw flowNotFoundError();
      return { status: 204 };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/flows/{id}/jobs/latest',
    operation: 'listLatestJobs',
    action: 'read',
    polled: true,
    openapi: () => ({ summary: 'Get the newest job of a flow', pathParameters: flowParameter(), errors: [404] }),
    responses: () => ({
      200: {
        description: 'A list with the job. Empty if the flow has no job, or if its newest job has expired.',
        body: z.array(jobSchema()),
      },
    }),
    async handle({ caller: { tenant }, params: { id } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
      const { incarnation } = await requireFlow(db, tenant, id);
      const state = await getJobState(db, tenant, id);
      const newest = state ? newestRunsOf(state) : [];
      const refs = newest.map(({ ulid }) => ({ tenant, jobId: id, incarnation, ulid }));
      const views = await new FlowJobReader({ db, now }, tenant).findAll(refs.map((ref) => ({ ref, kind: 'flow' })));
      return { status: 200, body: views.filter((view) => view !== undefined).slice(0, 1) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/flows/{id}/run',
    operation: 'runFlow',
    action: 'operate',
    openapi: () => ({
      summary: 'Run a flow now',
      description:
        'Does not wait for the end of the run. A repeated request with the same idempotency key returns the current state of the first run.',
      pathParameters: flowParameter(),
      headers: [idempotencyKeyHeader()],
      errors: [404, 409],
    }),
    responses: () => ({
      202: {
        description: 'The job in its current state.',
        body: startedJobSchema(),
        headers: { Location: 'URL of the job.' },
      },
    }),
    async handle({ caller: { tenant }, params: { id }, headers }, platform: Platform) {
      const key = readIdempotencyKey(headers);
      const run = publicRunId(await triggerJob(platform, await requireFlow(platform.db, tenant, id), key));
      const { view } = await requireJob(platform, tenant, run);
      return { status: 202, body: { ...view, _jobId: run }, headers: { location: `/v1/jobs/${run}` }, targets: [run] };
    },
  }),
];

/** Converts a flow to its response: its definition and the fields that the platform maintains. */
function toFlowView(job: Job, now: number): FlowView {
  return {
    _id: job.id,
    ...toDefinitionView(job),
    _integrationId: job.integrationId,
    createdAt: job.createdAt,
    lastModified: job.updatedAt,
    nextRun: nextRunTime(job, now),
  };
}

const isFlow = ({ target }: Job) => target.type === 'flow';

/** Creates the same error for a missing flow, a job of another type and a flow of another tenant. */
const flowNotFoundError = () => new JobdeckError('not_found', 'flow.not_found', 'Flow not found');

/** @throws JobdeckError `flow.not_found` */
async function requireFlow(db: Db, tenant: TenantId, id: string): Promise<Job> {
  const job = await findJob(db, tenant, id);
  if (!job || !isFlow(job)) throw flowNotFoundError();
  return job;
}
