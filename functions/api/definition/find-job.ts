import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isJobId } from '../../core/domain/job-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Db } from '../../core/store/db.ts';
import { getJob } from '../../core/store/jobs.ts';

/**
 * The error for an id that does not exist, was deleted, or belongs to another tenant. The three cases are
 * indistinguishable.
 */
export const jobNotFoundError = (message = 'Job not found') => new JobdeckError('not_found', 'job.not_found', message);

/** Finds a job of the tenant. A malformed id returns `undefined` without a read. */
export async function findJob(db: Db, tenant: TenantId, id: string): Promise<Job | undefined> {
  return isJobId(id) ? getJob(db, tenant, id) : undefined;
}

/** @throws JobdeckError `job.not_found` */
export async function requireJob(db: Db, tenant: TenantId, id: string): Promise<Job> {
  const job = await findJob(db, tenant, id);
  if (!job) throw jobNotFoundError();
  return job;
}

export const isFlowJob = ({ target }: Job): boolean => target.type === 'flow';

/**
 * Returns a job of the type `flow`. Surfaces that call such jobs flows or pipelines have errors of their own.
 *
 * @param notFoundError creates the error for an unknown id, a job of another type, and a job of another tenant
 */
export async function requireFlowJob(
  db: Db,
  tenant: TenantId,
  id: string,
  notFoundError: () => JobdeckError,
): Promise<Job> {
  const job = await findJob(db, tenant, id);
  if (!job || !isFlowJob(job)) throw notFoundError();
  return job;
}
