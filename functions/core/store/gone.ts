import type { TenantId } from '../domain/tenant.ts';
import { type Db, query, remove } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { goneKey, JOB_PREFIXES, type JobRef } from './keys.ts';

/** A deleted job whose history is still to be removed. */
export interface GoneJob extends JobRef {
  readonly deletedAt: string;
}

export async function listGone(db: Db, tenant: TenantId): Promise<GoneJob[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.gone));
  const items = await query(db, db.tables.jobs, key);
  return items.map((item) => ({
    tenant,
    jobId: item.jobId as string,
    incarnation: item.incarnation as string,
    deletedAt: item.deletedAt as string,
  }));
}

export async function removeGone(db: Db, gone: JobRef): Promise<void> {
  await remove(db, db.tables.jobs, goneKey(gone.tenant, gone.jobId, gone.incarnation));
}
