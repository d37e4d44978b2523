import type { TenantId } from '../domain/tenant.ts';
import { isTenantDeleted, MAX_TIME_MS, type TenantTombstone } from '../domain/tenant-tombstone.ts';
import { type Db, get, put, remove, update } from './db.ts';
import { equalsOrAbsent, exists } from './expression.ts';
import { deletionKey, importKey, limitsKey, reconciliationKey, TOMBSTONE_ATTRIBUTE, tenantKey } from './keys.ts';

/** Returns the tenant's tombstone, read consistently. */
export async function getTombstone(db: Db, tenant: TenantId): Promise<TenantTombstone> {
  const item = await get(db, db.tables.access, limitsKey(tenant));
  return {
    tombstonedAt: (item?.[TOMBSTONE_ATTRIBUTE] as string | undefined) ?? null,
    uncountedUntil: (item?.uncountedUntil as number | undefined) ?? 0,
  };
}

/**
 * Marks a tenant as deleted; its changes are no longer counted.
 *
 * @returns the time of the mark, unchanged if the tenant was marked before
 */
export async function putTombstone(db: Db, tenant: TenantId, now: string): Promise<string> {
  const seen = await getTombstone(db, tenant);
  if (seen.tombstonedAt !== null && isTenantDeleted(seen)) return seen.tombstonedAt;
  await update(db, db.tables.access, limitsKey(tenant), {
    set: { [TOMBSTONE_ATTRIBUTE]: now, uncountedUntil: MAX_TIME_MS },
  });
  return now;
}

/**
 * Deletes the tenant's limits, except its tombstone.
 *
 * @returns `false` if there was nothing else
 */
export async function stripToTombstone(db: Db, tenant: TenantId): Promise<boolean> {
  const item = await get(db, db.tables.access, limitsKey(tenant));
  const { pk, sk, [TOMBSTONE_ATTRIBUTE]: tombstonedAt, uncountedUntil, ...others } = item ?? {};
  if (tombstonedAt === undefined || Object.keys(others).length === 0) return false;
  await put(
    db,
    db.tables.access,
    { ...limitsKey(tenant), [TOMBSTONE_ATTRIBUTE]: tombstonedAt, uncountedUntil },
    equalsOrAbsent(TOMBSTONE_ATTRIBUTE, tombstonedAt),
  );
  return true;
}

/** Resumes counting changes written after `until`. The tombstone stays. */
export async function resumeCounting(db: Db, tenant: TenantId, now: string, until: number): Promise<void> {
  await update(db, db.tables.access, limitsKey(tenant), {
    set: { uncountedUntil: until },
    setOnce: { [TOMBSTONE_ATTRIBUTE]: now },
  });
}

/** Removes the tombstone. The time from which changes count is kept. */
export async function liftTombstone(db: Db, tenant: TenantId): Promise<void> {
  await update(db, db.tables.access, limitsKey(tenant), { set: { [TOMBSTONE_ATTRIBUTE]: null } }, exists('pk'));
}

/** The record of a tenant's deletion. */
export interface Deletion {
  readonly tenant: string;
  readonly startedAt: string;
  /** Null while the deletion is in progress or if it was interrupted. */
  readonly finishedAt: string | null;
  /** Requester, identified by AWS or by the local user name. */
  readonly by: string;
  /** Number of deleted items, by kind of storage. */
  readonly removed: Readonly<Record<string, number>>;
  /** Executions of other services that did not end in time. @defaultValue all ended */
  readonly executions?: readonly string[];
}

export async function getDeletion(db: Db, tenant: TenantId): Promise<Deletion | undefined> {
  const item = await get(db, db.tables.access, deletionKey(tenant));
  if (!item) return undefined;
  const { pk, sk, ...deletion } = item;
  return { finishedAt: null, ...deletion } as unknown as Deletion;
}

export async function putDeletion(db: Db, tenant: TenantId, deletion: Deletion): Promise<void> {
  await put(db, db.tables.access, { ...deletionKey(tenant), ...deletion });
}

/** Removes a tenant from the list of tenants, so that background functions no longer visit it. */
export async function removeTenant(db: Db, tenant: TenantId): Promise<void> {
  await remove(db, db.tables.access, tenantKey(tenant));
  // The reconciliation resumes behind its last tenant; without one it starts from the beginning.
  await remove(db, db.tables.access, reconciliationKey, equalsOrAbsent('tenant', tenant));
}

/** Returns the creation time of the export that is being imported for a tenant, or `undefined`. */
export async function getImport(db: Db, tenant: TenantId): Promise<string | undefined> {
  const item = await get(db, db.tables.access, importKey(tenant));
  return item?.exportedAt as string | undefined;
}

export async function putImport(db: Db, tenant: TenantId, exportedAt: string, startedAt: string): Promise<void> {
  await put(db, db.tables.access, { ...importKey(tenant), tenant, exportedAt, startedAt });
}

export async function removeImport(db: Db, tenant: TenantId): Promise<void> {
  await remove(db, db.tables.access, importKey(tenant));
}
