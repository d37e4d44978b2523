import type { Operations } from '../http/operation.ts';
import { getJobStats } from './job-stats.ts';
import { type AdminLimitsPlatform, getLimits, putLimits } from './limits.ts';
import type { adminRoutes } from './routes.ts';

/** What the admin surface does, by the names of its route table. */
export function adminOperations(platform: AdminLimitsPlatform): Operations<(typeof adminRoutes)[number]> {
  return { getJobStats: getJobStats(platform), getLimits: getLimits(platform), putLimits: putLimits(platform) };
}
