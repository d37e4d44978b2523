import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { omitLargeFields } from '../definition/definition-view.ts';
import { isFlowJob, requireFlowJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { flowJobRequest, jobChangeRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { inputObject } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { toPipelineView } from './pipeline-view.ts';
import { limit, offset } from './query-parameters.ts';

/** Lists pipelines, newest first. */
export const listPipelines = ({ db, now }: Platform) =>
  operation({
    query: inputObject({ limit: limit(100, 20), offset }, 'query parameter'),
    async handle({ caller: { tenant }, query: { limit, offset } }) {
      const all = (await listJobs(db, tenant)).filter(isFlowJob).sort(compareNewestFirst);
      const page = all.slice(offset, offset + limit).map((job) => toPipelineView(job, now()));
      return { status: 200, body: { data: omitLargeFields(page), has_more: all.length > offset + limit } };
    },
  });

const compareNewestFirst = (a: Job, b: Job): number =>
  Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? -1 : 1);

export const createPipeline = (platform: Platform) =>
  operation({
    body: flowJobRequest,
    async handle({ caller: { tenant }, body }) {
      const pipeline = await defineJob(platform, tenant, body);
      return {
        status: 201,
        body: toPipelineView(pipeline, platform.now()),
        headers: { location: `/api/v1/pipelines/${pipeline.id}`, etag: etagOf(pipeline) },
        targets: [pipeline.id],
      };
    },
  });

export const getPipeline = ({ db, now }: Platform) =>
  operation({
    async handle({ caller: { tenant }, params: { pipeline_id: id = '' } }) {
      const pipeline = await requirePipeline(db, tenant, id);
      return { status: 200, body: toPipelineView(pipeline, now()), headers: { etag: etagOf(pipeline) } };
    },
  });

export const updatePipeline = (platform: Platform) =>
  operation({
    body: jobChangeRequest,
    async handle({ caller: { tenant }, params: { pipeline_id: id = '' }, body, headers }) {
      const { db, now } = platform;
      const find = () => requirePipeline(db, tenant, id);
      const pipeline = await changeJob(
        platform,
        find,
        (job) => applyChange(job, body, flowJobRequest, now()),
        readIfMatch(headers),
      );
      return { status: 200, body: toPipelineView(pipeline, now()), headers: { etag: etagOf(pipeline) } };
    },
  });

export const deletePipeline = (platform: Platform) =>
  operation({
    async handle({ caller, params: { pipeline_id: id = '' }, headers, remainingMs }) {
      const ifMatch = readIfMatch(headers);
      const pipeline = await requirePipeline(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, pipeline, remainingMs, ifMatch))) throw pipelineNotFoundError();
      return { status: 204 };
    },
  });

/**
 * The error for an unknown id, a job that is not a flow, and a pipeline of another tenant. The cases are
 * indistinguishable.
 */
const pipelineNotFoundError = () => new JobdeckError('not_found', 'pipeline.not_found', 'Pipeline not found');

/** @throws JobdeckError `pipeline.not_found` */
export const requirePipeline = (db: Db, tenant: TenantId, id: string): Promise<Job> =>
  requireFlowJob(db, tenant, id, pipelineNotFoundError);
