import type { Platform } from '../../core/platform/platform.ts';
import { createCursorSigner } from '../http/cursor.ts';
import type { Operations } from '../http/operation.ts';
import { acknowledgeFailures, acknowledgeRun, unacknowledgeRun } from './acknowledgements.ts';
import { getActivity } from './activity.ts';
import { getLetter, listLetters, replayLetters } from './dead-letters.ts';
import { disableJob, enableJob } from './enable-job.ts';
import { listFailures } from './failures.ts';
import { health } from './health.ts';
import { getJobVersion } from './job-versions.ts';
import { getJob, listJobs } from './read-jobs.ts';
import { redrive } from './redrive.ts';
import type { runnerRoutes } from './routes.ts';
import { cancelRun, getRun, listRuns } from './runs.ts';
import { getStats } from './stats.ts';
import { invalidCursorError, listTenantRuns } from './tenant-runs.ts';
import { triggerJob } from './trigger.ts';
import { createJob, deleteJob, updateJob } from './write-jobs.ts';

/** Creates the operations of the runner surface, keyed by the operation names of its route table. */
export function runnerOperations(platform: Platform): Operations<(typeof runnerRoutes)[number]> {
  return {
    health: health(platform),
    listJobs: listJobs(platform),
    createJob: createJob(platform),
    getJob: getJob(platform),
    getJobVersion: getJobVersion(platform),
    updateJob: updateJob(platform),
    deleteJob: deleteJob(platform),
    enableJob: enableJob(platform),
    disableJob: disableJob(platform),
    triggerJob: triggerJob(platform),
    listRuns: listRuns(platform),
    getRun: getRun(platform),
    cancelRun: cancelRun(platform),
    acknowledgeRun: acknowledgeRun(platform),
    unacknowledgeRun: unacknowledgeRun(platform),
    listTenantRuns: listTenantRuns(platform, createCursorSigner(platform, invalidCursorError)),
    getActivity: getActivity(platform),
    listFailures: listFailures(platform),
    acknowledgeFailures: acknowledgeFailures(platform),
    redrive: redrive(platform),
    listDeadLetters: listLetters(platform),
    getDeadLetter: getLetter(platform),
    replayDeadLetters: replayLetters(platform),
    getStats: getStats(platform),
  };
}
