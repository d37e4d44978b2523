/** Routes that the function loads with the first request to one of them: changes, and details of jobs. */
export { checkpointRoutes } from './checkpoints.ts';
export { restartJob, startPipelineJob, stopJob } from './job-changes.ts';
export { listErrors } from './job-errors.ts';
export { getJobMetrics } from './job-metrics.ts';
export { listLogs } from './logs.ts';
export { getMetricGroups } from './metric-groups.ts';
export { getOperatorMetrics } from './operator-metrics.ts';
export { getOutput } from './output.ts';
export { createPipeline, deletePipeline, updatePipeline } from './pipeline-changes.ts';
export { validatePipeline } from './pipeline-validation.ts';
export { getMetrics } from './prometheus.ts';
