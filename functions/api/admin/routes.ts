import type { Route } from '../http/route.ts';

/** Routes of the admin surface: the admin job stats contract and the limits of a tenant. */
export const adminRoutes = [
  { method: 'GET', path: '/api/v1/admin/jobs/{jobName}/stats', operation: 'getJobStats', action: 'adminStats' },
  { method: 'GET', path: '/api/v1/admin/limits', operation: 'getLimits', action: 'limits' },
  { method: 'PUT', path: '/api/v1/admin/limits', operation: 'putLimits', action: 'limits' },
] as const satisfies readonly Route[];
