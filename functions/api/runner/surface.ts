import * as z from 'zod';
import type { Platform } from '../../core/platform/platform.ts';
import { getLimits } from '../administration/limits.ts';
import type { SigningSecretDependencies } from '../administration/signing-secret.ts';
import { lazy } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { getActivity } from './activity.ts';
import {
  acknowledgeFailures,
  acknowledgeRun,
  backfillRoutes,
  bulkRoutes,
  calendarRoutes,
  cancelRun,
  createJob,
  deadLetterRoutes,
  getUsage,
  hookRoutes,
  jobChangeRoutes,
  listAudit,
  moveDelayedRun,
  pauseRoutes,
  putJob,
  receiveHook,
  redrive,
  signingSecretRoutes,
  stateRoutes,
  triggerBatch,
  triggerJob,
  unacknowledgeRun,
  validateJob,
} from './deferred-routes.ts';
import { runnerErrors } from './errors.ts';
import { listFailures } from './failures.ts';
import { healthRoutes } from './health.ts';
import type { HooksDependencies } from './hooks.ts';
import { getJobVersion } from './job-versions.ts';
import { getJob, listJobs } from './jobs.ts';
import { getRunTree } from './run-tree.ts';
import { getRun, listRuns } from './runs.ts';
import { listScripts } from './scripts.ts';
import { getStats } from './stats.ts';
import { listTenantRuns, type TenantRunsDependencies } from './tenant-runs.ts';

export interface RunnerDependencies
  extends Platform,
    SigningSecretDependencies,
    TenantRunsDependencies,
    HooksDependencies {}

/** The job runner contract, and the limits, the audit trail and the signing secret of a tenant. */
export const runnerSurface: Surface<RunnerDependencies> = {
  name: 'runner',
  description: 'Jobs, their schedules and their runs, for owners of scheduled scripts.',
  errors: runnerErrors,
  errorBody: lazy(() => namedSchema('RunnerError', z.object({ error: z.string() }))),
  routes: [
    ...healthRoutes,
    listJobs,
    createJob,
    validateJob,
    getJob,
    putJob,
    getJobVersion,
    ...jobChangeRoutes,
    ...pauseRoutes,
    ...calendarRoutes,
    triggerJob,
    triggerBatch,
    ...backfillRoutes,
    listRuns,
    getRun,
    cancelRun,
    moveDelayedRun,
    acknowledgeRun,
    unacknowledgeRun,
    listTenantRuns,
    getRunTree,
    getActivity,
    listFailures,
    acknowledgeFailures,
    redrive,
    ...bulkRoutes,
    ...deadLetterRoutes,
    listScripts,
    ...stateRoutes,
    ...hookRoutes,
    receiveHook,
    getStats,
    getLimits,
    getUsage,
    listAudit,
    ...signingSecretRoutes,
  ],
};
