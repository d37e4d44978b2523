/** Routes that change something, and those that clients ask for rarely. The function loads them with the first request to one of them. */
export { signingSecretRoutes } from '../administration/signing-secret.ts';
export { acknowledgeFailures, acknowledgeRun, unacknowledgeRun } from './acknowledgements.ts';
export { backfillRoutes } from './backfills.ts';
export { bulkRoutes } from './bulk.ts';
export { calendarRoutes } from './calendars.ts';
export { cancelRun } from './cancel-run.ts';
export { deadLetterRoutes } from './dead-letter.ts';
export { hookRoutes } from './hooks.ts';
export { createJob, jobChangeRoutes } from './job-changes.ts';
export { pauseRoutes } from './pause.ts';
export { putJob } from './put-job.ts';
export { receiveHook } from './receive-hook.ts';
export { redrive } from './redrive.ts';
export { moveDelayedRun } from './run-delay.ts';
export { stateRoutes } from './state.ts';
export { triggerJob } from './trigger.ts';
export { triggerBatch } from './trigger-batch.ts';
export { validateJob } from './validate-job.ts';
