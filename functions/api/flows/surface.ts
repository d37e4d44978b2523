import * as z from 'zod';
import type { Platform } from '../../core/platform/platform.ts';
import type { NewApiKeyDependencies } from '../administration/api-keys.ts';
import type { SecretsDependencies } from '../administration/secrets.ts';
import { lazy } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { flowRoutes } from './deferred-flows.ts';
import { getJob, listJobErrors, listJobs } from './deferred-jobs.ts';
import {
  apiKeyRoutes,
  cancelJob,
  cancelJobByPut,
  deliveryRoutes,
  flowChangeRoutes,
  flowCursorRoutes,
  flowErrorRoutes,
  notificationRoutes,
  secretRoutes,
} from './deferred-routes.ts';
import { flowsErrors } from './errors.ts';
import type { ListJobsDependencies } from './list-jobs.ts';

export interface FlowsDependencies extends Platform, NewApiKeyDependencies, SecretsDependencies, ListJobsDependencies {}

/** The flow jobs contract, and the administration of API keys, notifications and secrets. */
export const flowsSurface: Surface<FlowsDependencies> = {
  name: 'flows',
  description: 'Record flows, their jobs with exports and imports, API keys, notifications and secrets.',
  routes: [
    listJobs,
    getJob,
    cancelJob,
    cancelJobByPut,
    listJobErrors,
    ...flowRoutes,
    ...flowChangeRoutes,
    ...flowCursorRoutes,
    ...flowErrorRoutes,
    ...apiKeyRoutes,
    ...notificationRoutes,
    ...deliveryRoutes,
    ...secretRoutes,
  ],
  errors: flowsErrors,
  errorBody: lazy(() =>
    namedSchema(
      'FlowsErrors',
      z.object({ errors: z.array(z.object({ code: z.string(), message: z.string() })).min(1) }),
    ),
  ),
};
