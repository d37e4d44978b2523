import type { TenantId } from '../../domain/tenant.ts';
import { MAX_TIME_MS } from '../../domain/tenant-tombstone.ts';
import { TtlCache } from '../../platform/ttl-cache.ts';
import type { Db } from '../../store/db.ts';
import { getTombstone } from '../../store/tombstones.ts';
import type { CounterChange } from './aggregate.ts';

/** How long it is kept in memory that a tenant is not fenced off. */
const CACHE_TTL_MS = 20_000;
/** Tenants kept at most. */
const CACHE_SIZE = 10_000;

/** A change, and when it was written: epoch milliseconds, to the second. */
export interface DatedChange extends CounterChange {
  readonly writtenAt: number;
}

/**
 * Leaves out what counts for nobody: changes of a tenant that is being deleted, and those that were made before it was
 * let in again. Otherwise the counters of a tenant would come back with the last that the stream tells of it. What is
 * counted for the whole platform stays.
 *
 * Make it once for each execution environment: it keeps which tenants are not fenced off.
 */
export function createDeletedTenantFilter(db: Db, now: () => number) {
  const cache = new TtlCache<number>({ ttlMs: CACHE_TTL_MS, size: CACHE_SIZE, now });
  const uncountedUntil = async (tenant: TenantId): Promise<number> => {
    const known = cache.get(tenant);
    if (known !== undefined) return known;
    const at = now();
    const fence = await getTombstone(db, tenant);
    // Not kept while it stands: whoever is let in again counts at once.
    if (fence.uncountedUntil !== MAX_TIME_MS) cache.set(tenant, fence.uncountedUntil, at);
    return fence.uncountedUntil;
  };
  return async (changes: readonly DatedChange[]): Promise<readonly DatedChange[]> => {
    const tenants = [...new Set(changes.map(({ tenant }) => tenant))];
    const until = new Map(
      await Promise.all(tenants.map(async (tenant) => [tenant, await uncountedUntil(tenant)] as const)),
    );
    return changes.filter(
      ({ tenant, writtenAt, delta }) =>
        delta.counter.kind === 'platform' || /* guard: counters.deleted-tenant */ writtenAt > (until.get(tenant) ?? 0),
    );
  };
}
