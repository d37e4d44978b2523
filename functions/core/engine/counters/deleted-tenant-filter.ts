import type { TenantId } from '../../domain/tenant.ts';
import { isTenantDeleted } from '../../domain/tenant-tombstone.ts';
import { TtlCache } from '../../platform/ttl-cache.ts';
import type { Db } from '../../store/db.ts';
import { getTombstone } from '../../store/tombstones.ts';
import type { CounterChange } from './aggregate.ts';

/** Milliseconds for which a tenant without a tombstone is cached. */
const CACHE_TTL_MS = 20_000;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 10_000;

/** A change with the time of its write: epoch milliseconds, rounded down to the second. */
export interface DatedChange extends CounterChange {
  readonly writtenAt: number;
}

/**
 * Creates a filter that drops changes of a deleted tenant, and changes written before a deleted tenant was admitted
 * again. Without it, late stream records would create the counters of a deleted tenant again. Changes of platform
 * counters pass.
 *
 * Create it once per execution environment: it caches the tenants without a tombstone.
 */
export function createDeletedTenantFilter(db: Db, now: () => number) {
  const cache = new TtlCache<number>({ ttlMs: CACHE_TTL_MS, size: CACHE_SIZE, now });
  const uncountedUntil = async (tenant: TenantId): Promise<number> => {
    const known = cache.get(tenant);
    if (known !== undefined) return known;
    const at = now();
    const tombstone = await getTombstone(db, tenant);
    // A tombstone is not cached, so that a tenant that is admitted again counts at once.
    if (!isTenantDeleted(tombstone)) cache.set(tenant, tombstone.uncountedUntil, at);
    return tombstone.uncountedUntil;
  };
  return async (changes: readonly DatedChange[]): Promise<readonly DatedChange[]> => {
    const tenants = [...new Set(changes.map(({ tenant }) => tenant))];
    const countedAfter = new Map(
      await Promise.all(tenants.map(async (tenant) => [tenant, await uncountedUntil(tenant)] as const)),
    );
    return changes.filter(
      ({ tenant, writtenAt, delta }) =>
        delta.counter.kind === 'platform' ||
        /* guard: counters.deleted-tenant */ writtenAt > (countedAfter.get(tenant) ?? 0),
    );
  };
}
