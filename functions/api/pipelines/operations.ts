import type { Operations } from '../http/operation.ts';
import { getCheckpoint, listCheckpoints, pinCheckpoint, takeCheckpoint } from './checkpoints.ts';
import { getJob } from './get-job.ts';
import { listErrors } from './job-errors.ts';
import { getJobMetrics } from './job-metrics.ts';
import { listJobs, listPipelineJobs } from './jobs.ts';
import { listLogs } from './logs.ts';
import { getMetricGroups } from './metric-groups.ts';
import { getOperatorMetrics } from './operator-metrics.ts';
import { getOutput } from './output.ts';
import { validatePipeline } from './pipeline-validation.ts';
import { createPipeline, deletePipeline, getPipeline, listPipelines, updatePipeline } from './pipelines.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { getMetrics } from './prometheus.ts';
import { restartJob } from './restart-job.ts';
import type { pipelinesRoutes } from './routes.ts';
import { startPipelineJob } from './start-job.ts';
import { stopJob } from './stop-job.ts';

/** Creates the operations of the pipelines surface, keyed by the operation names of its route table. */
export function pipelinesOperations(platform: PipelinesPlatform): Operations<(typeof pipelinesRoutes)[number]> {
  return {
    listJobs: listJobs(platform),
    getJob: getJob(platform),
    getJobMetrics: getJobMetrics(platform),
    getOperatorMetrics: getOperatorMetrics(platform),
    getMetricGroups: getMetricGroups(platform),
    listCheckpoints: listCheckpoints(platform),
    takeCheckpoint: takeCheckpoint(platform),
    getCheckpoint: getCheckpoint(platform),
    pinCheckpoint: pinCheckpoint(platform),
    getOutput: getOutput(platform),
    listErrors: listErrors(platform),
    listLogs: listLogs(platform),
    stopJob: stopJob(platform),
    restartJob: restartJob(platform),
    getMetrics: getMetrics(platform),
    listPipelines: listPipelines(platform),
    createPipeline: createPipeline(platform),
    validatePipeline: validatePipeline(platform),
    getPipeline: getPipeline(platform),
    updatePipeline: updatePipeline(platform),
    deletePipeline: deletePipeline(platform),
    listPipelineJobs: listPipelineJobs(platform),
    startPipelineJob: startPipelineJob(platform),
  };
}
