import type { Limits } from '../domain/limits.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, update } from './db.ts';
import { absent, any, below } from './expression.ts';
import { limitsKey } from './keys.ts';

/** The tenant's own limits over the deployment's. */
export async function getLimits(db: Db, tenant: TenantId, defaults: Limits): Promise<Limits> {
  const item = await get(db, db.tables.access, limitsKey(tenant), false);
  const { pk, sk, ...own } = item ?? {};
  return { ...defaults, ...own };
}

/** Changes some of a tenant's own limits. */
export async function putLimits(db: Db, tenant: TenantId, limits: Partial<Limits>): Promise<void> {
  await update(db, db.tables.access, limitsKey(tenant), { set: limits });
}

/**
 * From now on the tenant's new runs are born with this generation. Starts that read the limits a moment ago may still
 * make runs of the one before.
 */
export async function raiseGeneration(db: Db, tenant: TenantId, generation: number): Promise<void> {
  const lower = any(absent('generation'), below('generation', generation));
  await update(db, db.tables.access, limitsKey(tenant), { set: { generation } }, lower);
}

/** The generation that the tenant's new runs are born with, read consistently; 0: there was no rebuild. */
export async function getGeneration(db: Db, tenant: TenantId): Promise<number> {
  const item = await get(db, db.tables.access, limitsKey(tenant));
  return (item?.generation as number | undefined) ?? 0;
}
