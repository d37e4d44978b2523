import { type After, cycleError, findCycle, upstreamJobs } from '../../core/domain/after.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Db } from '../../core/store/db.ts';
import { type DependencyChange, getDependenciesVersion, getUpstreamJobs } from '../../core/store/dependencies.ts';

/**
 * Determines how a change of a job changes the dependencies between jobs. The write must be conditional on the returned
 * version, because concurrent changes of two jobs may close a cycle that neither finds.
 *
 * @param before the condition of the job before the change
 * @returns `undefined` if the upstream jobs do not change
 * @throws InvalidInput `after` if an upstream job does not exist or depends on the job
 */
export async function planDependencies(
  db: Db,
  { tenant, id, after }: Pick<Job, 'tenant' | 'id' | 'after'>,
  before: After | null,
): Promise<DependencyChange | undefined> {
  const [former, next] = [upstreamJobs(before), upstreamJobs(after)];
  const added = next.filter((job) => !former.includes(job));
  const removed = former.filter((job) => !next.includes(job));
  if (added.length === 0) return removed.length === 0 ? undefined : { added, removed, version: null };
  // Before the dependencies, so that a later change of them is noticed.
  const version = await getDependenciesVersion(db, tenant);
  await assertNoCycle(db, tenant, id, next);
  return { added, removed, version };
}

/** Reads the jobs before the job, level by level: one call for 100 jobs of a level. */
async function assertNoCycle(db: Db, tenant: TenantId, jobId: string, upstream: readonly string[]): Promise<void> {
  const known = new Map<string, readonly string[]>([[jobId, upstream]]);
  for (let level = upstream.filter((job) => job !== jobId); level.length > 0; ) {
    const read = await getUpstreamJobs(db, tenant, level);
    const missing = upstream.find((job) => level.includes(job) && !read.has(job));
    if (missing !== undefined) {
      throw new InvalidInput('after.jobs', `must name existing jobs, got '${missing}', which does not exist`);
    }
    for (const job of level) known.set(job, read.get(job) ?? []);
    level = [...new Set([...read.values()].flat())].filter((job) => !known.has(job));
  }
  const cycle = findCycle(jobId, (job) => known.get(job) ?? []);
  if (cycle) throw cycleError(cycle);
}
