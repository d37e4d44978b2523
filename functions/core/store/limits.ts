import type { Limits, TenantLimits, UsedFeatures } from '../domain/limits.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, update } from './db.ts';
import { absent, any, below } from './expression.ts';
import { limitsKey, TOMBSTONE_ATTRIBUTE } from './keys.ts';

/** Returns the tenant's own limits merged with the defaults. */
export async function getLimits(db: Db, tenant: TenantId, defaults: Limits): Promise<Limits> {
  return toLimits(await get(db, db.tables.access, limitsKey(tenant), false), defaults);
}

/** Merges the item of a tenant's own limits with the defaults. */
export function toLimits(item: Item | undefined, defaults: Limits): Limits {
  const { pk, sk, [TOMBSTONE_ATTRIBUTE]: tombstonedAt, ...own } = item ?? {};
  return { ...defaults, ...own, ...(tombstonedAt !== undefined && { tombstonedAt: tombstonedAt as string }) };
}

/**
 * Changes some of a tenant's own limits; null restores the default.
 *
 * @returns all own limits after the change
 */
export async function putLimits(db: Db, tenant: TenantId, limits: LimitChanges): Promise<Partial<TenantLimits>> {
  // An update without changes is invalid.
  if (Object.keys(limits).length === 0) return getOwnLimits(db, tenant);
  const { item } = await update(db, db.tables.access, limitsKey(tenant), { set: limits });
  return ownLimits(item);
}

export type LimitChanges = { readonly [Name in keyof TenantLimits]?: TenantLimits[Name] | null };

/** Returns the tenant's own limits, read consistently. */
export async function getOwnLimits(db: Db, tenant: TenantId): Promise<Partial<TenantLimits>> {
  return ownLimits(await get(db, db.tables.access, limitsKey(tenant)));
}

function ownLimits(item: Item | undefined): Partial<TenantLimits> {
  const {
    pk,
    sk,
    generation,
    [TOMBSTONE_ATTRIBUTE]: _,
    uncountedUntil,
    prioritiesSince,
    usesExpiry,
    usesBackfills,
    ...own
  } = item ?? {};
  return own;
}

/**
 * @returns whether the tenant has used priorities, so that runs may wait in the partitions of all priorities. An eventually
 *   consistent read, like those of the index of these partitions
 */
export async function usesPriorities(db: Db, tenant: TenantId): Promise<boolean> {
  const item = await get(db, db.tables.access, limitsKey(tenant), false);
  return item?.prioritiesSince !== undefined;
}

/** The attributes that {@link markUsedFeatures} writes, and those of its key. */
export const FEATURE_ATTRIBUTES = ['pk', 'sk', 'prioritiesSince', 'usesExpiry', 'usesBackfills'] as const;

/** Records that the tenant uses features, before a run depends on them. */
export async function markUsedFeatures(db: Db, tenant: TenantId, features: UsedFeatures): Promise<void> {
  await update(db, db.tables.access, limitsKey(tenant), { set: { ...features } });
}

/**
 * Raises the rebuild generation of the tenant's new runs. A creation in progress may still use the previous generation.
 */
export async function raiseGeneration(db: Db, tenant: TenantId, generation: number): Promise<void> {
  const lower = any(absent('generation'), below('generation', generation));
  await update(db, db.tables.access, limitsKey(tenant), { set: { generation } }, lower);
}

/** Returns the rebuild generation of the tenant's new runs, read consistently; 0 before the first rebuild. */
export async function getGeneration(db: Db, tenant: TenantId): Promise<number> {
  const item = await get(db, db.tables.access, limitsKey(tenant));
  return (item?.generation as number | undefined) ?? 0;
}
