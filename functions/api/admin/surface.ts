import * as z from 'zod';
import { type AdminLimitsDependencies, adminLimitsRoutes } from '../administration/limits.ts';
import { adminGetUsage } from '../administration/usage.ts';
import { lazy } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { namedSchema, timestamp } from '../openapi/common-schemas.ts';
import { adminErrors } from './errors.ts';
import { getJobStats } from './job-stats.ts';

/** The admin job stats contract, and the limits and usage of a tenant. */
export const adminSurface: Surface<AdminLimitsDependencies> = {
  name: 'admin',
  description: 'Statistics of a job, limits and usage of a tenant, for platform operators.',
  routes: [getJobStats, ...adminLimitsRoutes, adminGetUsage],
  errors: adminErrors,
  errorBody: lazy(() =>
    namedSchema(
      'AdminError',
      z.object({ success: z.literal(false), message: z.string(), error: z.string(), timestamp: timestamp() }),
    ),
  ),
  tenantHeader: true,
};
