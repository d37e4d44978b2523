import { monthEnd } from '../domain/compute.ts';
import type { Limits } from '../domain/limits.ts';
import { MINUTE_MS, SECOND_MS } from '../domain/timing.ts';
import type { Usage, UsageLimits } from '../domain/usage.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of the usage of a tenant near a limit. */
const MIN_LIFETIME_MS = 10 * SECOND_MS;
/** Lifetime of the usage of a tenant far from its limits. It saves a tenant with regular runs a read for each. */
const MAX_LIFETIME_MS = 5 * MINUTE_MS;
/** Growth of stored data that is assumed of a tenant, in bytes per millisecond (10 MB/s). */
const GROWTH = 10_000;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 10_000;

/** The limits that determine the lifetime of a tenant's usage. */
export type CachedLimits = UsageLimits & Pick<Limits, 'concurrentRuns' | 'concurrentTasks'>;

interface Entry {
  readonly usage: Usage;
  readonly limits: UsageLimits;
  /** Epoch milliseconds. */
  readonly freshUntil: number;
}

/** Cached usage of tenants, as their counters showed it. */
export interface UsageCache {
  /** Returns the usage, and the limits with which it was stored; `undefined` if it has to be read. */
  get(tenant: string): Pick<Entry, 'usage' | 'limits'> | undefined;
  /**
   * Stores a usage for as long as it is expected to stay below the limits, at least 10 s and at most 5 minutes, and at
   * most until its month ends. Each slot of the tenant is assumed to use a second of compute time a second.
   *
   * @param at time of the lookup, taken before it
   */
  set(tenant: string, usage: Usage, limits: CachedLimits, at: number): void;
}

/** Creates the cache; call it once per execution environment. */
export function createUsageCache(now: () => number): UsageCache {
  const cache = new TtlCache<Entry>({ ttlMs: MAX_LIFETIME_MS, size: CACHE_SIZE, now });
  return {
    get(tenant) {
      const known = cache.get(tenant);
      return known && now() < known.freshUntil ? known : undefined;
    },
    set(tenant, usage, limits, at) {
      const lifetime = Math.min(MAX_LIFETIME_MS, Math.max(MIN_LIFETIME_MS, msToLimit(usage, limits)));
      // guard: usage.month-end
      const freshUntil = Math.min(at + lifetime, monthEnd(usage.month));
      cache.set(tenant, { usage, limits, freshUntil }, at);
    },
  };
}

/** Returns the shortest time in milliseconds in which a limit may be used up; at most 0 if one is. */
function msToLimit(usage: Usage, limits: CachedLimits): number {
  const ofStorage = (limits.storedBytes - usage.storedBytes) / GROWTH;
  const seconds = limits.computeSecondsPerMonth;
  if (seconds === null) return ofStorage;
  const slots = limits.concurrentRuns + limits.concurrentTasks;
  return Math.min(ofStorage, (seconds * 1_000 - usage.computeMs) / slots);
}
