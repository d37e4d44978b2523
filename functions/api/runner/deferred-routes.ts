/** Routes that the function loads with the first request to one of them: changes, and what clients ask for rarely. */
export { listAudit } from '../administration/audit-trail.ts';
export { signingSecretRoutes } from '../administration/signing-secret.ts';
export { getUsage } from '../administration/usage.ts';
export { acknowledgeFailures, acknowledgeRun, unacknowledgeRun } from './acknowledgements.ts';
export { backfillRoutes } from './backfills.ts';
export { bulkRoutes } from './bulk.ts';
export { cancelRun } from './cancel-run.ts';
export { deadLetterRoutes } from './dead-letter.ts';
export { hookRoutes } from './hooks.ts';
export { createJob, jobChangeRoutes } from './job-changes.ts';
export { putJob } from './put-job.ts';
export { receiveHook } from './receive-hook.ts';
export { redrive } from './redrive.ts';
export { moveDelayedRun } from './run-delay.ts';
export { stateRoutes } from './state.ts';
export { triggerJob } from './trigger.ts';
export { triggerBatch } from './trigger-batch.ts';
export { validateJob } from './validate-job.ts';
