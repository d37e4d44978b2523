import type { Limits, TenantLimits } from '../domain/limits.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, update } from './db.ts';
import { absent, any, below } from './expression.ts';
import { limitsKey } from './keys.ts';

/** The tenant's own limits over the deployment's. */
export async function getLimits(db: Db, tenant: TenantId, defaults: Limits): Promise<Limits> {
  const item = await get(db, db.tables.access, limitsKey(tenant), false);
  const { pk, sk, ...own } = item ?? {};
  return { ...defaults, ...own };
}

/** Changes some of a tenant's own limits; null takes the tenant's own away. Gives all that it has then. */
export async function putLimits(db: Db, tenant: TenantId, limits: LimitChanges): Promise<Partial<TenantLimits>> {
  // An update has to say something.
  if (Object.keys(limits).length === 0) return getOwnLimits(db, tenant);
  const { item } = await update(db, db.tables.access, limitsKey(tenant), { set: limits });
  return ownLimits(item);
}

export type LimitChanges = { readonly [Name in keyof TenantLimits]?: TenantLimits[Name] | null };

/** The limits that are the tenant's own, read consistently. */
export async function getOwnLimits(db: Db, tenant: TenantId): Promise<Partial<TenantLimits>> {
  return ownLimits(await get(db, db.tables.access, limitsKey(tenant)));
}

function ownLimits(item: Item | undefined): Partial<TenantLimits> {
  const { pk, sk, generation, fencedAt, uncountedUntil, ...own } = item ?? {};
  return own;
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
