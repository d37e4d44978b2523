import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isJobId } from '../../core/domain/job-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Db } from '../../core/store/db.ts';
import { getJob } from '../../core/store/jobs.ts';

/** The same for a job that does not exist, that was deleted, and that is another tenant's. */
export const jobNotFoundError = (message = 'Job not found') => new JobdeckError('not_found', 'job.not_found', message);

/** The tenant's job of this id; undefined for what cannot be one, which is not looked for. */
export async function findJob(db: Db, tenant: TenantId, id: string): Promise<Job | undefined> {
  return isJobId(id) ? getJob(db, tenant, id) : undefined;
}

/** @throws JobdeckError `job.not_found` */
export async function requireJob(db: Db, tenant: TenantId, id: string): Promise<Job> {
  const job = await findJob(db, tenant, id);
  if (!job) throw jobNotFoundError();
  return job;
}
