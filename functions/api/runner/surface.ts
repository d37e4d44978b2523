import * as z from 'zod';
import type { Platform } from '../../core/platform/platform.ts';
import type { SigningSecretDependencies } from '../administration/signing-secret.ts';
import { lazy } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { getLimits, getStats, getUsage, listAudit, listScripts, listTargets } from './deferred-figures.ts';
import { getJob, getJobVersion, listJobs } from './deferred-jobs.ts';
import {
  acknowledgeFailures,
  acknowledgeRun,
  backfillRoutes,
  bulkRoutes,
  calendarRoutes,
  cancelRun,
  createJob,
  deadLetterRoutes,
  hookRoutes,
  jobChangeRoutes,
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
import { getActivity, getRun, getRunTree, listFailures, listRuns, listTenantRuns } from './deferred-runs.ts';
import { runnerErrors } from './errors.ts';
import { healthRoutes } from './health.ts';
import type { HooksDependencies } from './hooks.ts';
import type { TenantRunsDependencies } from './tenant-runs.ts';

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
    listTargets,
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
