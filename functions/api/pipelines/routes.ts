import type { Route } from '../http/route.ts';

/** Routes of the pipelines surface: the pipeline jobs contract and its extensions. */
export const pipelinesRoutes = [
  { method: 'GET', path: '/api/v1/jobs', operation: 'listJobs', action: 'read', polled: true },
  { method: 'GET', path: '/api/v1/jobs/{job_id}', operation: 'getJob', action: 'read', polled: true },
  { method: 'GET', path: '/api/v1/jobs/{job_id}/metrics', operation: 'getJobMetrics', action: 'read' },
  {
    method: 'GET',
    path: '/api/v1/jobs/{job_id}/operators/{operator_id}/metrics',
    operation: 'getOperatorMetrics',
    action: 'read',
  },
  { method: 'GET', path: '/api/v1/jobs/{job_id}/metric-groups', operation: 'getMetricGroups', action: 'read' },
  { method: 'GET', path: '/api/v1/jobs/{job_id}/checkpoints', operation: 'listCheckpoints', action: 'read' },
  { method: 'POST', path: '/api/v1/jobs/{job_id}/checkpoints', operation: 'takeCheckpoint', action: 'operate' },
  {
    method: 'GET',
    path: '/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}',
    operation: 'getCheckpoint',
    action: 'read',
  },
  {
    method: 'PATCH',
    path: '/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}',
    operation: 'pinCheckpoint',
    action: 'operate',
  },
  { method: 'GET', path: '/api/v1/jobs/{job_id}/output', operation: 'getOutput', action: 'read' },
  { method: 'GET', path: '/api/v1/jobs/{job_id}/errors', operation: 'listErrors', action: 'read' },
  { method: 'GET', path: '/api/v1/jobs/{job_id}/logs', operation: 'listLogs', action: 'read' },
  { method: 'POST', path: '/api/v1/jobs/{job_id}/stop', operation: 'stopJob', action: 'operate' },
  { method: 'POST', path: '/api/v1/jobs/{job_id}/restart', operation: 'restartJob', action: 'operate' },
  { method: 'GET', path: '/api/v1/metrics', operation: 'getMetrics', action: 'read' },
  { method: 'GET', path: '/api/v1/pipelines', operation: 'listPipelines', action: 'read', polled: true },
  { method: 'POST', path: '/api/v1/pipelines', operation: 'createPipeline', action: 'define' },
  { method: 'POST', path: '/api/v1/pipelines/validate', operation: 'validatePipeline', action: 'read' },
  { method: 'GET', path: '/api/v1/pipelines/{pipeline_id}', operation: 'getPipeline', action: 'read' },
  { method: 'PATCH', path: '/api/v1/pipelines/{pipeline_id}', operation: 'updatePipeline', action: 'define' },
  { method: 'DELETE', path: '/api/v1/pipelines/{pipeline_id}', operation: 'deletePipeline', action: 'define' },
  {
    method: 'GET',
    path: '/api/v1/pipelines/{pipeline_id}/jobs',
    operation: 'listPipelineJobs',
    action: 'read',
    polled: true,
  },
  { method: 'POST', path: '/api/v1/pipelines/{pipeline_id}/jobs', operation: 'startPipelineJob', action: 'operate' },
] as const satisfies readonly Route[];
