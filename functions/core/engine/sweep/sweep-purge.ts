import { NextSweep } from '../../domain/next-sweep.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { recountJobs } from '../../store/job-counts.ts';
import { walkJobOutlines } from '../../store/jobs.ts';
import { purgeJob, type SweeperPlatform } from './purge.ts';

/**
 * Removes the rows of the tenant's jobs whose retention is over, and recounts the jobs: those restored from a backup
 * were not counted. An interrupted purge starts at the first job again and finds the rows of the walked ones removed.
 *
 * @returns the time at which the next row is due
 */
export async function purgeTenant(
  platform: SweeperPlatform,
  tenant: TenantId,
  hasTime: HasTime = () => true,
): Promise<NextSweep> {
  const now = platform.now();
  const next = new NextSweep();
  for await (const jobs of walkJobOutlines(platform.db, tenant)) {
    for (const { id: jobId, incarnation } of jobs) {
      const { purged, isDone, nextDueAt } = await purgeJob(platform, { tenant, jobId, incarnation }, now, { hasTime });
      if (purged > 0) platform.log.info('runs.purged', { tenant, job: jobId, purged });
      // Only an unfinished purge is due now: a run that outlives its retention is not.
      next.include(isDone && nextDueAt !== null ? Math.max(nextDueAt, now + 1) : nextDueAt);
      if (!hasTime()) {
        next.include(now);
        return next;
      }
    }
  }
  await recountJobs(platform.db, tenant);
  return next;
}
