/** Routes that the function loads with the first request to one of them: changes. */
export { restartJob, startPipelineJob, stopJob } from './job-changes.ts';
export { createPipeline, deletePipeline, updatePipeline } from './pipeline-changes.ts';
export { validatePipeline } from './pipeline-validation.ts';
