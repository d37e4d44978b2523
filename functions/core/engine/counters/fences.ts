import { FOR_EVER } from '../../domain/fence.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { TimedCache } from '../../platform/timed-cache.ts';
import type { Db } from '../../store/db.ts';
import { getFence } from '../../store/fences.ts';
import type { Change } from './aggregate.ts';

/** How long it is kept in memory that a tenant is not fenced off. */
const KEEP_MS = 20_000;
/** Tenants kept at most. */
const KEPT = 10_000;

/** A change, and when it was written: epoch milliseconds, to the second. */
export interface DatedChange extends Change {
  readonly writtenAt: number;
}

/**
 * Leaves out what counts for nobody: changes of a tenant that is being deleted, and those that were made before it was
 * let in again. Otherwise the counters of a tenant would come back with the last that the stream tells of it. What is
 * counted for the whole platform stays.
 *
 * Make it once for each execution environment: it keeps which tenants are not fenced off.
 */
export function leaveOutFenced(db: Db, now: () => number) {
  const cache = new TimedCache<number>({ keepMs: KEEP_MS, size: KEPT, now });
  const uncountedUntil = async (tenant: TenantId): Promise<number> => {
    const known = cache.get(tenant);
    if (known !== undefined) return known;
    const at = now();
    const fence = await getFence(db, tenant);
    // Not kept while it stands: whoever is let in again counts at once.
    if (fence.uncountedUntil !== FOR_EVER) cache.set(tenant, fence.uncountedUntil, at);
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
