import type { Job } from '../../core/domain/job.ts';
import { readNextRun } from '../../core/engine/start/read-next-runs.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { FLOW_EXAMPLE, flowJobChange, flowJobInput } from '../definition/documented-requests.ts';
import { etagOf } from '../definition/job-etag.ts';
import { flowJobRequest, jobChangeRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { route } from '../http/route.ts';
import { ETAG, ifMatchHeader } from '../openapi/common-schemas.ts';
import { pipeline, pipelineNotFoundError, pipelineParameter, requirePipeline, toPipelineView } from './pipelines.ts';

export const createPipeline = route({
  method: 'POST',
  path: '/api/v1/pipelines',
  operation: 'createPipeline',
  action: 'define',
  body: flowJobRequest,
  openapi: () => ({ summary: 'Create a pipeline', body: flowJobInput(), bodyExample: FLOW_EXAMPLE, errors: [409] }),
  responses: () => ({
    201: {
      description: 'The pipeline.',
      body: pipeline(),
      headers: { Location: 'The path of the pipeline.', ...ETAG },
    },
  }),
  async handle({ caller: { tenant }, body }, platform: Platform) {
    const pipeline = await defineJob(platform, tenant, body);
    return {
      status: 201,
      body: toPipelineView(pipeline, await readNextRun(platform, pipeline)),
      headers: { location: `/api/v1/pipelines/${pipeline.id}`, etag: etagOf(pipeline) },
      targets: [pipeline.id],
    };
  },
});

export const updatePipeline = route({
  method: 'PATCH',
  path: '/api/v1/pipelines/{pipeline_id}',
  operation: 'updatePipeline',
  action: 'define',
  body: jobChangeRequest,
  openapi: () => ({
    summary: 'Update a pipeline',
    description: 'Omitted fields keep their values. Fields that are `null` take their defaults.',
    pathParameters: pipelineParameter(),
    headers: [ifMatchHeader()],
    body: flowJobChange(),
    bodyExample: { enabled: false },
    errors: [404, 409, 412],
  }),
  responses: () => ({ 200: { description: 'The updated pipeline.', body: pipeline(), headers: ETAG } }),
  async handle({ caller: { tenant }, params: { pipeline_id }, body, headers }, platform: Platform) {
    const { db, now } = platform;
    const find = () => requirePipeline(db, tenant, pipeline_id);
    const change = (job: Job) => applyChange(job, body, flowJobRequest(), now());
    const pipeline = await changeJob(platform, find, change, readIfMatch(headers));
    return {
      status: 200,
      body: toPipelineView(pipeline, await readNextRun(platform, pipeline)),
      headers: { etag: etagOf(pipeline) },
    };
  },
});

export const deletePipeline = route({
  method: 'DELETE',
  path: '/api/v1/pipelines/{pipeline_id}',
  operation: 'deletePipeline',
  action: 'define',
  openapi: () => ({
    summary: 'Delete a pipeline',
    description: 'Deletes the pipeline and its jobs, and cancels its active jobs.',
    pathParameters: pipelineParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 409, 412],
  }),
  responses: () => ({ 204: { description: 'The pipeline was deleted.' } }),
  async handle({ caller, params: { pipeline_id }, headers, remainingMs }, platform: Platform) {
    const ifMatch = readIfMatch(headers);
    const pipeline = await requirePipeline(platform.db, caller.tenant, pipeline_id);
    if (!(await removeJob(platform, caller, pipeline, remainingMs, ifMatch))) throw pipelineNotFoundError();
    return { status: 204 };
  },
});
