import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, put, remove } from './db.ts';
import { absent, all, equals } from './expression.ts';
import { rebuildKey } from './keys.ts';

/** How far a rebuild of a tenant's counters has come. */
export interface Rebuild {
  readonly generation: number;
  /** Raised by every step that is noted. */
  readonly step: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Since when new runs are born with its generation, in epoch milliseconds; null: not yet. */
  readonly bornSince: number | null;
  /** The job whose runs are being touched, and the ULID from which on; null before the first. */
  readonly at: { readonly jobId: string; readonly incarnation: string; readonly from: string } | null;
  /** All of that job's runs were touched, and its fence may be up. */
  readonly fencing: boolean;
  /** Fences that are up, the one in `fencing` included. */
  readonly fences: number;
  /** Every job's runs were touched, and all fences are up. */
  readonly walked: boolean;
}

/** The tenant's rebuild that is under way, read consistently. */
export async function getRebuild(db: Db, tenant: TenantId): Promise<Rebuild | undefined> {
  const item = await get(db, db.tables.access, rebuildKey(tenant));
  if (!item) return undefined;
  const { pk, sk, ...rebuild } = item;
  return { bornSince: null, at: null, ...rebuild } as unknown as Rebuild;
}

/** Notes a step of a rebuild, or its beginning; false when somebody else has noted one since `seen`. */
export async function putRebuild(db: Db, tenant: TenantId, seen: Rebuild | undefined, next: Rebuild): Promise<boolean> {
  return put(db, db.tables.access, { ...rebuildKey(tenant), ...next }, seen ? unchanged(seen) : absent('pk'));
}

/** Forgets a rebuild that is done. */
export async function removeRebuild(db: Db, tenant: TenantId, seen: Rebuild): Promise<boolean> {
  return remove(db, db.tables.access, rebuildKey(tenant), unchanged(seen));
}

const unchanged = ({ generation, step }: Rebuild) =>
  all(equals('generation', generation), /* guard: rebuild.step */ equals('step', step));
