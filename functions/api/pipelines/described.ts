import * as z from 'zod';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { FLOW_EXAMPLE } from '../definition/definition-answer.ts';
import { flowJobChange, flowJobInput } from '../definition/job-input.ts';
import {
  type DescribedAnswer,
  type Descriptions,
  ETAG,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  inPath,
} from '../openapi/described.ts';
import {
  checkpoint,
  checkpointSummary,
  job,
  jobError,
  jobMetrics,
  jobSummary,
  listedPipeline,
  listOf,
  logLine,
  metricGroups,
  operatorMetrics,
  output,
  pipeline,
  restarted,
  stopping,
  validation,
} from './answers.ts';
import type { pipelinesRoutes } from './routes.ts';

const JOB = 'orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const ofJob = inPath('job_id', 'The job: its `id`.', JOB);
const ofOperator = { ...ofJob, ...inPath('operator_id', 'A source, transform or sink of it.', 'source_1') };
const ofCheckpoint = { ...ofJob, ...inPath('checkpoint_id', 'A checkpoint of it.', `chk_1_${JOB}`) };
const ofPipeline = inPath('pipeline_id', 'The pipeline.', 'orders-to-erp', z.string().regex(JOB_ID));

const oneCheckpoint = { description: 'The checkpoint.', body: checkpoint };
const onePipeline: DescribedAnswer = { description: 'As it is now.', body: pipeline };
const AT_JOB = { Location: 'Where the new job can be read.' };

export const pipelinesDescriptions: Descriptions<(typeof pipelinesRoutes)[number]> = {
  listJobs: {
    summary: 'Jobs (runs of pipelines)',
    answers: { 200: { description: 'A page, newest first unless sorted otherwise.', body: listOf(jobSummary) } },
  },
  getJob: {
    summary: 'A job',
    path: ofJob,
    answers: { 200: { description: 'As it is now.', body: job } },
    errors: [404],
  },
  getJobMetrics: {
    summary: 'What a job has done, and how fast',
    path: ofJob,
    answers: { 200: { description: 'Of the job, and of each operator.', body: jobMetrics } },
    errors: [404],
  },
  getOperatorMetrics: {
    summary: 'What an operator of a job has done',
    path: ofOperator,
    answers: { 200: { description: 'Of the operator, and of each of its subtasks.', body: operatorMetrics } },
    errors: [404],
  },
  getMetricGroups: {
    summary: 'What sources, transforms and sinks of a job have done',
    path: ofJob,
    answers: { 200: { description: 'Of each group.', body: metricGroups } },
    errors: [404],
  },
  listCheckpoints: {
    summary: 'Checkpoints of a job, newest first',
    path: ofJob,
    answers: { 200: { description: 'A page.', body: listOf(checkpointSummary) } },
    errors: [404],
  },
  takeCheckpoint: {
    summary: 'Take a checkpoint of a running job',
    path: ofJob,
    answers: {
      201: { ...oneCheckpoint, headers: { Location: 'Where the checkpoint can be read.' } },
    },
    errors: [404, 409],
  },
  getCheckpoint: { summary: 'A checkpoint', path: ofCheckpoint, answers: { 200: oneCheckpoint }, errors: [404, 409] },
  pinCheckpoint: {
    summary: 'Keep a checkpoint whatever the number of newer ones, or no longer',
    path: ofCheckpoint,
    bodyExample: { pinned: true },
    answers: { 200: oneCheckpoint },
    errors: [404, 409],
  },
  getOutput: {
    summary: 'Records that preview sinks and tapped operators keep',
    description: 'With `wait` (seconds), once there are more than `offset`, or there will be none.',
    path: ofJob,
    answers: {
      200: {
        description: 'A page.',
        body: output,
        texts: ['text/csv'],
        headers: { Link: 'Of CSV, with `rel="next"`: where the records after these are.' },
      },
    },
    errors: [404],
  },
  listErrors: {
    summary: 'What went wrong in a job, newest first',
    description:
      'Of more than 5,000 records that failed, those at the first places of the first operators are looked at.',
    path: ofJob,
    answers: { 200: { description: 'Records that failed, errors and warnings.', body: listOf(jobError) } },
    errors: [404],
  },
  listLogs: {
    summary: 'The log of a job, newest first',
    description:
      'With `after`, the `cursor` of an answer or `start`: what was written down since, oldest first. With `wait` ' +
      '(seconds) beside `after` or `since`: once there is a line, or there will be none.',
    path: ofJob,
    answers: {
      200: {
        description: 'A page, and from where to follow it.',
        body: listOf(logLine).extend({ cursor: z.string() }),
      },
    },
    errors: [404],
  },
  stopJob: {
    summary: 'Stop a job',
    description: 'Asked again it makes the stop harder, or sooner, and never gentler.',
    path: ofJob,
    bodyExample: { mode: 'checkpoint', timeout_seconds: 30 },
    answers: { 200: { description: 'When it will have ended at the latest.', body: stopping } },
    errors: [404, 409],
  },
  restartJob: {
    summary: 'Go on from where a job that has ended was',
    path: ofJob,
    headers: [IDEMPOTENCY_KEY],
    bodyExample: { parallelism: 4 },
    answers: { 200: { description: 'It is another job.', body: restarted, headers: AT_JOB } },
    errors: [404, 409, 422],
  },
  getMetrics: {
    summary: 'Metrics of the tenant for Prometheus',
    answers: { 200: { description: 'In Prometheus’s text format, version 0.0.4.', texts: ['text/plain'] } },
  },
  listPipelines: {
    summary: 'Pipelines, newest first',
    answers: { 200: { description: 'A page.', body: listOf(listedPipeline) } },
  },
  createPipeline: {
    summary: 'Define a pipeline',
    body: flowJobInput,
    bodyExample: FLOW_EXAMPLE,
    answers: { 201: { ...onePipeline, headers: { Location: 'Where the pipeline can be read.', ...ETAG } } },
    errors: [409],
  },
  validatePipeline: {
    summary: 'Whether a pipeline could be created so',
    description: 'It takes whatever a client means to create, right or wrong, and creates nothing.',
    bodyExample: FLOW_EXAMPLE,
    answers: { 200: { description: 'All that is the matter with it.', body: validation } },
  },
  getPipeline: {
    summary: 'A pipeline',
    path: ofPipeline,
    answers: { 200: { ...onePipeline, headers: ETAG } },
    errors: [404],
  },
  updatePipeline: {
    summary: 'Change a pipeline',
    description: 'Fields that are left out stay as they are; those that are null take their defaults.',
    path: ofPipeline,
    headers: [IF_MATCH],
    body: flowJobChange,
    bodyExample: { enabled: false },
    answers: { 200: { ...onePipeline, headers: ETAG } },
    errors: [404, 409, 412],
  },
  deletePipeline: {
    summary: 'Delete a pipeline',
    description: 'It and its jobs are gone at once; what runs is canceled.',
    path: ofPipeline,
    headers: [IF_MATCH],
    answers: { 204: { description: 'It is gone.' } },
    errors: [404, 412],
  },
  listPipelineJobs: {
    summary: 'Jobs of a pipeline',
    path: ofPipeline,
    answers: { 200: { description: 'A page, newest first unless sorted otherwise.', body: listOf(jobSummary) } },
    errors: [404],
  },
  startPipelineJob: {
    summary: 'Start a job of a pipeline',
    path: ofPipeline,
    headers: [IDEMPOTENCY_KEY],
    answers: { 202: { description: 'The job, as it is.', body: job, headers: AT_JOB } },
    errors: [404, 409],
  },
};
