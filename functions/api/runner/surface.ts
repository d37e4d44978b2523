import type { Platform } from '../../core/platform/platform.ts';
import { listAudit } from '../administration/audit-trail.ts';
import { getLimits } from '../administration/limits.ts';
import { type SigningSecretDependencies, signingSecretRoutes } from '../administration/signing-secret.ts';
import { routesFromOperations } from '../http/operation.ts';
import type { Surface } from '../http/surface.ts';
import { runnerErrors } from './errors.ts';
import { runnerDescriptions } from './openapi.ts';
import { runnerOperations } from './operations.ts';
import { errorBody } from './responses.ts';
import { runnerRoutes } from './routes.ts';

export interface RunnerDependencies extends Platform, SigningSecretDependencies {}

/** The job runner contract, and the limits, the audit trail and the signing secret of a tenant. */
export const runnerSurface: Surface<RunnerDependencies> = {
  name: 'runner',
  description: 'Jobs, their schedules and their runs, for owners of scheduled scripts.',
  routes: [
    ...routesFromOperations(
      runnerRoutes,
      (platform: RunnerDependencies) => runnerOperations(platform),
      () => runnerDescriptions,
    ),
    getLimits,
    listAudit,
    ...signingSecretRoutes,
  ],
  errors: runnerErrors,
  errorBody: () => errorBody,
};
