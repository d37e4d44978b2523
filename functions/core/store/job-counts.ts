import type { TenantId } from '../domain/tenant.ts';
import { count, type Db, get, update } from './db.ts';
import { all, beginsWith, equals, equalsOrAbsent } from './expression.ts';
import { JOB_PREFIXES, jobCountKey } from './keys.ts';

/** Returns the number of the tenant's jobs, read consistently, or `undefined` if they were never counted. */
export async function getJobCount(db: Db, tenant: TenantId): Promise<number | undefined> {
  const item = await get(db, db.tables.access, jobCountKey(tenant));
  return item?.count as number | undefined;
}

/** Recounts the tenant's jobs. A concurrent creation or deletion changes `version`; the recount then has no effect. */
export async function recountJobs(db: Db, tenant: TenantId): Promise<void> {
  const seen = await get(db, db.tables.access, jobCountKey(tenant));
  const jobs = await countJobs(db, tenant);
  if (seen?.count === jobs) return;
  const changes = { set: { count: jobs }, add: { version: 1 } };
  await update(
    db,
    db.tables.access,
    jobCountKey(tenant),
    changes,
    // guard: job-count.recount
    equalsOrAbsent('version', seen?.version),
  );
}

/** Counts the tenant's jobs, read consistently. */
export const countJobs = (db: Db, tenant: TenantId): Promise<number> =>
  count(db, db.tables.jobs, all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.job)));
