import * as z from 'zod';
import { lazy } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { getJob, listJobs, listPipelineJobs } from './deferred-jobs.ts';
import { getPipeline, listPipelines } from './deferred-pipelines.ts';
import {
  checkpointRoutes,
  createPipeline,
  deletePipeline,
  getJobMetrics,
  getMetricGroups,
  getMetrics,
  getOperatorMetrics,
  getOutput,
  listErrors,
  listLogs,
  restartJob,
  startPipelineJob,
  stopJob,
  updatePipeline,
  validatePipeline,
} from './deferred-routes.ts';
import { pipelinesErrors } from './errors.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

/** The pipeline jobs contract and its extensions. */
export const pipelinesSurface: Surface<PipelinesPlatform> = {
  name: 'pipelines',
  description: 'Streaming pipelines, for data engineers: jobs, checkpoints, operators, logs and metrics.',
  errors: pipelinesErrors,
  errorBody: lazy(() =>
    namedSchema('PipelinesError', z.object({ error: z.object({ code: z.string(), message: z.string() }) })),
  ),
  routes: [
    listJobs,
    getJob,
    getJobMetrics,
    getOperatorMetrics,
    getMetricGroups,
    ...checkpointRoutes,
    getOutput,
    listErrors,
    listLogs,
    stopJob,
    restartJob,
    getMetrics,
    listPipelines,
    createPipeline,
    validatePipeline,
    getPipeline,
    updatePipeline,
    deletePipeline,
    listPipelineJobs,
    startPipelineJob,
  ],
};
