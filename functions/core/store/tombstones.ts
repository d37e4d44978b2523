import type { TenantId } from '../domain/tenant.ts';
import { MAX_TIME_MS, type TenantTombstone } from '../domain/tenant-tombstone.ts';
import { type Db, get, put, remove, update } from './db.ts';
import { equalsOrAbsent, exists } from './expression.ts';
import { deletionKey, importKey, limitsKey, reconciliationKey, tenantKey } from './keys.ts';

/** The tenant's fence, read consistently. */
export async function getTombstone(db: Db, tenant: TenantId): Promise<TenantTombstone> {
  const item = await get(db, db.tables.access, limitsKey(tenant));
  return {
    fencedAt: (item?.fencedAt as string | undefined) ?? null,
    uncountedUntil: (item?.uncountedUntil as number | undefined) ?? 0,
  };
}

/** Fences a tenant off, whose changes count for nobody from now on; since when: one that is fenced so stays as it is. */
export async function putTombstone(db: Db, tenant: TenantId, now: string): Promise<string> {
  const seen = await getTombstone(db, tenant);
  if (seen.fencedAt !== null && seen.uncountedUntil === MAX_TIME_MS) return seen.fencedAt;
  await update(db, db.tables.access, limitsKey(tenant), { set: { fencedAt: now, uncountedUntil: MAX_TIME_MS } });
  return now;
}

/** Leaves nothing of the tenant's limits but its fence; false when there was nothing else. */
export async function stripToTombstone(db: Db, tenant: TenantId): Promise<boolean> {
  const item = await get(db, db.tables.access, limitsKey(tenant));
  const { pk, sk, fencedAt, uncountedUntil, ...others } = item ?? {};
  if (fencedAt === undefined || Object.keys(others).length === 0) return false;
  await put(
    db,
    db.tables.access,
    { ...limitsKey(tenant), fencedAt, uncountedUntil },
    equalsOrAbsent('fencedAt', fencedAt),
  );
  return true;
}

/** What is written for the tenant after `until` counts again; it stays fenced off. */
export async function resumeCounting(db: Db, tenant: TenantId, now: string, until: number): Promise<void> {
  await update(db, db.tables.access, limitsKey(tenant), {
    set: { uncountedUntil: until },
    setOnce: { fencedAt: now },
  });
}

/** Lets the tenant in again; since when its changes count stays known. */
export async function liftTombstone(db: Db, tenant: TenantId): Promise<void> {
  await update(db, db.tables.access, limitsKey(tenant), { set: { fencedAt: null } }, exists('pk'));
}

/** That a tenant was deleted, or is being deleted. */
export interface Deletion {
  readonly tenant: string;
  readonly startedAt: string;
  /** Null: it is under way, or was cut short. */
  readonly finishedAt: string | null;
  /** Who asked for it, as they were known to AWS, or on their machine. */
  readonly by: string;
  /** What went, by the kind of place it was in. */
  readonly removed: Readonly<Record<string, number>>;
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

/** Forgets that a tenant exists, so that nothing of the platform's own visits it. */
export async function removeTenant(db: Db, tenant: TenantId): Promise<void> {
  await remove(db, db.tables.access, tenantKey(tenant));
  // The audit goes on behind the tenant that it looked at last: without one, it begins anew.
  await remove(db, db.tables.access, reconciliationKey, equalsOrAbsent('tenant', tenant));
}

/** Which export a tenant is being put back from: the time of its making; undefined: none is. */
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
