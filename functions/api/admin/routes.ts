import type { Route } from '../route.ts';

/** The admin surface: `seeds/1-admin-job-stats.md`. */
export const adminRoutes = [
  { method: 'GET', path: '/api/v1/admin/jobs/{jobName}/stats', operation: 'getJobStats', action: 'adminStats' },
] as const satisfies readonly Route[];
