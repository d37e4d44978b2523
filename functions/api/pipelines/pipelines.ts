import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { JOB_ID } from '../../core/domain/job-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { readNextRun, readNextRuns } from '../../core/engine/start/read-next-runs.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { definitionFields, listedFields, omitLargeFields, toDefinitionView } from '../definition/definition-view.ts';
import { isFlowJob, requireFlowJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { inputObject } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { ETAG, epochMilliseconds, namedSchema, pathParameter } from '../openapi/common-schemas.ts';
import { pageOf } from './page.ts';
import { limit, offset } from './query-parameters.ts';

export const pipelineParameter = () =>
  pathParameter('pipeline_id', 'The id of the pipeline.', 'orders-to-erp', z.string().regex(JOB_ID));

const pipelineFields = () => ({
  ...definitionFields(),
  next_run: epochMilliseconds().nullable(),
  created_at: epochMilliseconds(),
  updated_at: epochMilliseconds(),
});

export const pipeline = lazy(() => namedSchema('Pipeline', z.object(pipelineFields())));
/** A pipeline: a job of the type `flow`. */
export type PipelineView = ViewOf<typeof pipeline>;

export const listedPipeline = lazy(() =>
  namedSchema('PipelinesListedPipeline', z.object({ ...pipelineFields(), ...listedFields() })),
);
/** A pipeline in the list of all pipelines. */
export type ListedPipelineView = ViewOf<typeof listedPipeline>;

export const listPipelines = route({
  method: 'GET',
  path: '/api/v1/pipelines',
  operation: 'listPipelines',
  action: 'read',
  polled: true,
  query: () => inputObject({ limit: limit(100, 20), offset: offset() }, 'query parameter'),
  openapi: () => ({ summary: 'List pipelines' }),
  responses: () => ({
    200: { description: 'A page of pipelines, newest first.', body: pageOf(listedPipeline()) },
  }),
  async handle({ caller: { tenant }, query: { limit, offset } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const all = (await listJobs(db, tenant)).filter(isFlowJob).sort(compareNewestFirst);
    const shown = all.slice(offset, offset + limit);
    const nextRunOf = await readNextRuns({ db, now }, tenant, shown);
    const page = shown.map((job) => toPipelineView(job, nextRunOf(job)));
    return { status: 200, body: { data: omitLargeFields(page), has_more: all.length > offset + limit } };
  },
});

const compareNewestFirst = (a: Job, b: Job): number =>
  Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? -1 : 1);

export const getPipeline = route({
  method: 'GET',
  path: '/api/v1/pipelines/{pipeline_id}',
  operation: 'getPipeline',
  action: 'read',
  openapi: () => ({ summary: 'Get a pipeline', pathParameters: pipelineParameter(), errors: [404] }),
  responses: () => ({ 200: { description: 'The pipeline.', body: pipeline(), headers: ETAG } }),
  async handle({ caller: { tenant }, params: { pipeline_id } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const pipeline = await requirePipeline(db, tenant, pipeline_id);
    return {
      status: 200,
      body: toPipelineView(pipeline, await readNextRun({ db, now }, pipeline)),
      headers: { etag: etagOf(pipeline) },
    };
  },
});

/**
 * The error for an unknown id, a job that is not a flow, and a pipeline of another tenant. The cases are
 * indistinguishable.
 */
export const pipelineNotFoundError = () => new JobdeckError('not_found', 'pipeline.not_found', 'Pipeline not found');

/** @throws JobdeckError `pipeline.not_found` */
export const requirePipeline = (db: Db, tenant: TenantId, id: string): Promise<Job> =>
  requireFlowJob(db, tenant, id, pipelineNotFoundError);

export function toPipelineView(job: Job, next: string | null): PipelineView {
  return {
    ...toDefinitionView(job),
    next_run: next === null ? null : Date.parse(next),
    created_at: Date.parse(job.createdAt),
    updated_at: Date.parse(job.updatedAt),
  };
}
