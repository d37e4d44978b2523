import { MINUTE_MS, SECOND_MS } from '../domain/timing.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of the size of a tenant near its limit. */
const MIN_LIFETIME_MS = 10 * SECOND_MS;
/** Lifetime of the size of a tenant far from its limit. It saves a tenant with regular runs a read for each. */
const MAX_LIFETIME_MS = 5 * MINUTE_MS;
/** Growth that is assumed of a tenant, in bytes per millisecond (10 MB/s). */
const GROWTH = 10_000;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 10_000;

interface StoredBytes {
  readonly bytes: number;
  readonly limit: number;
  /** Epoch milliseconds. */
  readonly freshUntil: number;
}

/** Cached sizes of the data stored by the runs of tenants, as their counters showed them. */
export interface StoredBytesCache {
  /** Returns the size in bytes; `undefined` if it has to be read. */
  get(tenant: string): { readonly bytes: number; readonly limit: number } | undefined;
  /**
   * Stores a size for as long as it is certain to stay below the limit, at least 10 s and at most 5 minutes.
   *
   * @param limit maximum of the tenant in bytes
   * @param at time of the lookup, taken before it
   */
  set(tenant: string, bytes: number, limit: number, at: number): void;
}

/** Creates the cache; call it once per execution environment. */
export function createStoredBytesCache(now: () => number): StoredBytesCache {
  const cache = new TtlCache<StoredBytes>({ ttlMs: MAX_LIFETIME_MS, size: CACHE_SIZE, now });
  return {
    get(tenant) {
      const known = cache.get(tenant);
      return known && now() < known.freshUntil ? known : undefined;
    },
    set(tenant, bytes, limit, at) {
      const lifetime = Math.min(MAX_LIFETIME_MS, Math.max(MIN_LIFETIME_MS, (limit - bytes) / GROWTH));
      cache.set(tenant, { bytes, limit, freshUntil: at + lifetime }, at);
    },
  };
}
