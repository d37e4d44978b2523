import type { Platform } from '../../platform/platform.ts';
import type { Operations } from '../edge/operation.ts';
import { getJobStats } from './job-stats.ts';
import type { adminRoutes } from './routes.ts';

/** What the admin surface does, by the names of its route table. */
export function adminOperations(platform: Pick<Platform, 'db' | 'now'>): Operations<(typeof adminRoutes)[number]> {
  return { getJobStats: getJobStats(platform) };
}
