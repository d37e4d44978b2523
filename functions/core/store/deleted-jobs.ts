import type { TenantId } from '../domain/tenant.ts';
import { type Db, query, remove } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { deletedJobKey, JOB_PREFIXES, type JobRef } from './keys.ts';

/** A deleted job whose history has not been removed yet. */
export interface DeletedJob extends JobRef {
  readonly deletedAt: string;
}

export async function listDeletedJobs(db: Db, tenant: TenantId): Promise<DeletedJob[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.deleted));
  const items = await query(db, db.tables.jobs, key);
  return items.map((item) => ({
    tenant,
    jobId: item.jobId as string,
    incarnation: item.incarnation as string,
    deletedAt: item.deletedAt as string,
  }));
}

export async function removeDeletedJob(db: Db, job: JobRef): Promise<void> {
  await remove(db, db.tables.jobs, deletedJobKey(job.tenant, job.jobId, job.incarnation));
}
