import type { Operations } from '../http/operation.ts';
import { getJobStats } from './job-stats.ts';
import { type AdminLimitsPlatform, getLimits, putLimits } from './limits.ts';
import type { adminRoutes } from './routes.ts';

/** Creates the handlers of the admin surface by operation name. */
export function adminOperations(platform: AdminLimitsPlatform): Operations<(typeof adminRoutes)[number]> {
  return { getJobStats: getJobStats(platform), getLimits: getLimits(platform), putLimits: putLimits(platform) };
}
