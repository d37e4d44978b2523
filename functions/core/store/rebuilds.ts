import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, put, remove } from './db.ts';
import { absent, all, equals } from './expression.ts';
import { rebuildKey } from './keys.ts';

/** The progress of a rebuild of a tenant's counters. */
export interface Rebuild {
  readonly generation: number;
  /** Incremented with each stored step. */
  readonly step: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Time in epoch milliseconds since which new runs have the rebuild's generation; null before. */
  readonly bornSince: number | null;
  /** The job whose runs are being touched, and the first ULID to touch; null before the first job. */
  readonly at: { readonly jobId: string; readonly incarnation: string; readonly from: string } | null;
  /** All runs of that job were touched, and its rebuild marker may be written. */
  readonly marking: boolean;
  /** Number of rebuild markers written, including the one in progress. */
  readonly markers: number;
  /** All runs of all jobs were touched, and all rebuild markers are written. */
  readonly walked: boolean;
}

/** Returns the tenant's current rebuild, read consistently. */
export async function getRebuild(db: Db, tenant: TenantId): Promise<Rebuild | undefined> {
  const item = await get(db, db.tables.access, rebuildKey(tenant));
  if (!item) return undefined;
  const { pk, sk, fencing: marking, fences: markers, ...rebuild } = item;
  return { bornSince: null, at: null, ...rebuild, marking, markers } as unknown as Rebuild;
}

/**
 * Stores the start or a step of a rebuild.
 *
 * @returns `false` if another step was stored since `seen` was read
 */
export async function putRebuild(db: Db, tenant: TenantId, seen: Rebuild | undefined, next: Rebuild): Promise<boolean> {
  return put(db, db.tables.access, toItem(tenant, next), seen ? unchanged(seen) : absent('pk'));
}

/** Two attributes keep their names of earlier releases. */
const toItem = (tenant: TenantId, { marking, markers, ...rebuild }: Rebuild) => ({
  ...rebuildKey(tenant),
  ...rebuild,
  fencing: marking,
  fences: markers,
});

/** Deletes a finished rebuild. */
export async function removeRebuild(db: Db, tenant: TenantId, seen: Rebuild): Promise<boolean> {
  return remove(db, db.tables.access, rebuildKey(tenant), unchanged(seen));
}

const unchanged = ({ generation, step }: Rebuild) =>
  all(equals('generation', generation), /* guard: rebuild.step */ equals('step', step));
