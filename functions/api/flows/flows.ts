import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { newestRunsOf } from '../../core/domain/job-state.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { readNextRun, readNextRuns } from '../../core/engine/start/read-next-runs.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { getJobState } from '../../core/store/job-states.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { definitionFields, listedFields, omitLargeFields, toDefinitionView } from '../definition/definition-view.ts';
import { findJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { ETAG, namedSchema, pathParameter, timestamp } from '../openapi/common-schemas.ts';
import { FlowJobReader } from './flow-jobs.ts';
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
export const flowSchema = lazy(() => namedSchema('FlowsFlow', z.object(flowFields())));
export type FlowView = ViewOf<typeof flowSchema>;

const listedFlowSchema = lazy(() => namedSchema('FlowsListedFlow', z.object({ ...flowFields(), ...listedFields() })));

export const flowParameter = lazy(() => pathParameter('id', 'The flow.', 'orders-to-erp', z.string().regex(JOB_ID)));

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
      const nextRunOf = await readNextRuns({ db, now }, tenant, shown);
      return {
        status: 200,
        body: omitLargeFields(shown.map((flow) => toFlowView(flow, nextRunOf(flow)))),
        ...(hasNextPage && { headers: nextLinkHeader('/v1/flows', { ...query, page: String(number + 1) }) }),
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
      return {
        status: 200,
        body: toFlowView(flow, await readNextRun({ db, now }, flow)),
        headers: { etag: etagOf(flow) },
      };
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
];

/** Converts a flow to its response: its definition and the fields that the platform maintains. */
export function toFlowView(job: Job, nextRun: string | null): FlowView {
  return {
    _id: job.id,
    ...toDefinitionView(job),
    _integrationId: job.integrationId,
    createdAt: job.createdAt,
    lastModified: job.updatedAt,
    nextRun,
  };
}

const isFlow = ({ target }: Job) => target.type === 'flow';

/** Creates the same error for a missing flow, a job of another type and a flow of another tenant. */
export const flowNotFoundError = () => new JobdeckError('not_found', 'flow.not_found', 'Flow not found');

/** @throws JobdeckError `flow.not_found` */
export async function requireFlow(db: Db, tenant: TenantId, id: string): Promise<Job> {
  const job = await findJob(db, tenant, id);
  if (!job || !isFlow(job)) throw flowNotFoundError();
  return job;
}
