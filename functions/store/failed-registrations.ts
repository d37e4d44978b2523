import type { TenantId } from '../domain/tenant.ts';
import { count, type Db, put, remove } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { FAILED_REGISTRATION_PREFIX, failedRegistrationKey, PLATFORM_PARTITION } from './keys.ts';

/** Notes that a job's schedule was refused. Done again, it is the same note. */
export async function putFailedRegistration(db: Db, tenant: TenantId, jobId: string): Promise<void> {
  await put(db, db.tables.access, { ...failedRegistrationKey(tenant, jobId) });
}

export async function removeFailedRegistration(db: Db, tenant: TenantId, jobId: string): Promise<void> {
  await remove(db, db.tables.access, failedRegistrationKey(tenant, jobId));
}

/** How many jobs of the whole platform have a schedule that was refused. */
export async function countFailedRegistrations(db: Db): Promise<number> {
  const key = all(equals('pk', PLATFORM_PARTITION), beginsWith('sk', FAILED_REGISTRATION_PREFIX));
  return count(db, db.tables.access, key);
}
