import type { JobOutline } from '../../domain/job.ts';
import { NextSweep } from '../../domain/next-sweep.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { recountJobs } from '../../store/job-counts.ts';
import { walkJobOutlines } from '../../store/jobs.ts';
import { failuresOf, throwFailures } from './part-runner.ts';
import { type PurgeResult, purgeFlowRuns, purgeJob, type SweeperPlatform } from './purge.ts';

/** Time of a purge that continues with the next sweep: before the start of every sweep. */
const UNFINISHED = 0;

/**
 * Removes the rows of the tenant's runs whose retention is over, and recounts the jobs: those restored from a backup
 * were not counted. An interrupted purge starts at the first job again and finds the rows of the walked ones removed.
 *
 * @returns the time at which the next row is due; 0 if the purge is unfinished
 * @throws AggregateError after the other jobs, if some could not be purged
 */
export async function purgeTenant(
  platform: SweeperPlatform,
  tenant: TenantId,
  hasTime: HasTime = () => true,
): Promise<NextSweep> {
  const now = platform.now();
  const next = new NextSweep();
  const failures: unknown[] = [];
  const include = ({ purged, isDone, nextDueAt }: PurgeResult, job: string | null) => {
    if (purged > 0) platform.log.info('runs.purged', { tenant, job, purged });
    if (!isDone) next.include(UNFINISHED);
    // Only an unfinished purge is due now: a run that outlives its retention is not.
    else if (nextDueAt !== null) next.include(Math.max(nextDueAt, now + 1));
  };
  // guard: purge.flows
  failures.push(
    ...(await failuresOf([tenant], hasTime, async () =>
      include(await purgeFlowRuns(platform, tenant, now, hasTime), null),
    )),
  );
  for await (const jobs of walkJobOutlines(platform.db, tenant)) {
    const purge = async ({ id: jobId, incarnation }: JobOutline) =>
      include(await purgeJob(platform, { tenant, jobId, incarnation }, now, { hasTime }), jobId);
    failures.push(...(await failuresOf(jobs, hasTime, purge)));
    if (!hasTime()) {
      next.include(UNFINISHED);
      break;
    }
  }
  if (hasTime()) await recountJobs(platform.db, tenant);
  throwFailures(failures, 'jobs were not purged');
  return next;
}
