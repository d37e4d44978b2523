import * as z from 'zod';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { flowJobChange, flowJobInput } from '../definition/documented-requests.ts';
import { FLOW_EXAMPLE } from '../definition/job-response.ts';
import type { OperationDocs } from '../http/operation.ts';
import type { ResponseDoc } from '../http/route.ts';
import { ETAG, IDEMPOTENCY_KEY, IF_MATCH, pathParameter } from '../openapi/operation-doc.ts';
import {
  checkpoint,
  checkpointSummary,
  job,
  jobError,
  jobMetrics,
  jobSummary,
  listedPipeline,
  logLine,
  metricGroups,
  operatorMetrics,
  output,
  pageOf,
  pipeline,
  restartResult,
  stopResult,
  validation,
} from './responses.ts';
import type { pipelinesRoutes } from './routes.ts';

const JOB_ID_EXAMPLE = 'orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const jobPath = pathParameter('job_id', 'The job: its `id`.', JOB_ID_EXAMPLE);
const operatorPath = { ...jobPath, ...pathParameter('operator_id', 'A source, transform or sink of it.', 'source_1') };
const checkpointPath = {
  ...jobPath,
  ...pathParameter('checkpoint_id', 'A checkpoint of it.', `chk_1_${JOB_ID_EXAMPLE}`),
};
const pipelinePath = pathParameter('pipeline_id', 'The pipeline.', 'orders-to-erp', z.string().regex(JOB_ID));

const checkpointResponse = { description: 'The checkpoint.', body: checkpoint };
const pipelineResponse: ResponseDoc = { description: 'As it is now.', body: pipeline };
const JOB_LOCATION = { Location: 'Where the new job can be read.' };

export const pipelinesDescriptions: OperationDocs<(typeof pipelinesRoutes)[number]> = {
  listJobs: {
    summary: 'Jobs (runs of pipelines)',
    responses: { 200: { description: 'A page, newest first unless sorted otherwise.', body: pageOf(jobSummary) } },
  },
  getJob: {
    summary: 'A job',
    pathParameters: jobPath,
    responses: { 200: { description: 'As it is now.', body: job } },
    errors: [404],
  },
  getJobMetrics: {
    summary: 'What a job has done, and how fast',
    pathParameters: jobPath,
    responses: { 200: { description: 'Of the job, and of each operator.', body: jobMetrics } },
    errors: [404],
  },
  getOperatorMetrics: {
    summary: 'What an operator of a job has done',
    pathParameters: operatorPath,
    responses: { 200: { description: 'Of the operator, and of each of its subtasks.', body: operatorMetrics } },
    errors: [404],
  },
  getMetricGroups: {
    summary: 'What sources, transforms and sinks of a job have done',
    pathParameters: jobPath,
    responses: { 200: { description: 'Of each group.', body: metricGroups } },
    errors: [404],
  },
  listCheckpoints: {
    summary: 'Checkpoints of a job, newest first',
    pathParameters: jobPath,
    responses: { 200: { description: 'A page.', body: pageOf(checkpointSummary) } },
    errors: [404],
  },
  takeCheckpoint: {
    summary: 'Take a checkpoint of a running job',
    pathParameters: jobPath,
    responses: {
      201: { ...checkpointResponse, headers: { Location: 'Where the checkpoint can be read.' } },
    },
    errors: [404, 409],
  },
  getCheckpoint: {
    summary: 'A checkpoint',
    pathParameters: checkpointPath,
    responses: { 200: checkpointResponse },
    errors: [404, 409],
  },
  pinCheckpoint: {
    summary: 'Keep a checkpoint whatever the number of newer ones, or no longer',
    pathParameters: checkpointPath,
    bodyExample: { pinned: true },
    responses: { 200: checkpointResponse },
    errors: [404, 409],
  },
  getOutput: {
    summary: 'Records that preview sinks and tapped operators keep',
    description: 'With `wait` (seconds), once there are more than `offset`, or there will be none.',
    pathParameters: jobPath,
    responses: {
      200: {
        description: 'A page.',
        body: output,
        textTypes: ['text/csv'],
        headers: { Link: 'Of CSV, with `rel="next"`: where the records after these are.' },
      },
    },
    errors: [404],
  },
  listErrors: {
    summary: 'What went wrong in a job, newest first',
    description:
      'Of more than 5,000 records that failed, those at the first places of the first operators are looked at.',
    pathParameters: jobPath,
    responses: { 200: { description: 'Records that failed, errors and warnings.', body: pageOf(jobError) } },
    errors: [404],
  },
  listLogs: {
    summary: 'The log of a job, newest first',
    description:
      'With `after`, the `cursor` of an answer or `start`: what was written down since, oldest first. With `wait` ' +
      '(seconds) beside `after` or `since`: once there is a line, or there will be none.',
    pathParameters: jobPath,
    responses: {
      200: {
        description: 'A page, and from where to follow it.',
        body: pageOf(logLine).extend({ cursor: z.string() }),
      },
    },
    errors: [404],
  },
  stopJob: {
    summary: 'Stop a job',
    description: 'Asked again it makes the stop harder, or sooner, and never gentler.',
    pathParameters: jobPath,
    bodyExample: { mode: 'checkpoint', timeout_seconds: 30 },
    responses: { 200: { description: 'When it will have ended at the latest.', body: stopResult } },
    errors: [404, 409],
  },
  restartJob: {
    summary: 'Go on from where a job that has ended was',
    pathParameters: jobPath,
    headers: [IDEMPOTENCY_KEY],
    bodyExample: { parallelism: 4 },
    responses: { 200: { description: 'It is another job.', body: restartResult, headers: JOB_LOCATION } },
    errors: [404, 409, 422],
  },
  getMetrics: {
    summary: 'Metrics of the tenant for Prometheus',
    responses: { 200: { description: 'In Prometheus’s text format, version 0.0.4.', textTypes: ['text/plain'] } },
  },
  listPipelines: {
    summary: 'Pipelines, newest first',
    responses: { 200: { description: 'A page.', body: pageOf(listedPipeline) } },
  },
  createPipeline: {
    summary: 'Define a pipeline',
    body: flowJobInput(),
    bodyExample: FLOW_EXAMPLE,
    responses: { 201: { ...pipelineResponse, headers: { Location: 'Where the pipeline can be read.', ...ETAG } } },
    errors: [409],
  },
  validatePipeline: {
    summary: 'Whether a pipeline could be created so',
    description: 'It takes whatever a client means to create, right or wrong, and creates nothing.',
    bodyExample: FLOW_EXAMPLE,
    responses: { 200: { description: 'All that is the matter with it.', body: validation } },
  },
  getPipeline: {
    summary: 'A pipeline',
    pathParameters: pipelinePath,
    responses: { 200: { ...pipelineResponse, headers: ETAG } },
    errors: [404],
  },
  updatePipeline: {
    summary: 'Change a pipeline',
    description: 'Fields that are left out stay as they are; those that are null take their defaults.',
    pathParameters: pipelinePath,
    headers: [IF_MATCH],
    body: flowJobChange(),
    bodyExample: { enabled: false },
    responses: { 200: { ...pipelineResponse, headers: ETAG } },
    errors: [404, 409, 412],
  },
  deletePipeline: {
    summary: 'Delete a pipeline',
    description: 'It and its jobs are gone at once; what runs is canceled.',
    pathParameters: pipelinePath,
    headers: [IF_MATCH],
    responses: { 204: { description: 'It is gone.' } },
    errors: [404, 412],
  },
  listPipelineJobs: {
    summary: 'Jobs of a pipeline',
    pathParameters: pipelinePath,
    responses: { 200: { description: 'A page, newest first unless sorted otherwise.', body: pageOf(jobSummary) } },
    errors: [404],
  },
  startPipelineJob: {
    summary: 'Start a job of a pipeline',
    pathParameters: pipelinePath,
    headers: [IDEMPOTENCY_KEY],
    responses: { 202: { description: 'The job, as it is.', body: job, headers: JOB_LOCATION } },
    errors: [404, 409],
  },
};
