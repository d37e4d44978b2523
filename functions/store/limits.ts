import type { Limits } from '../domain/limits.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, update } from './db.ts';
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
