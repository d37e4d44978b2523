import { TtlCache } from './ttl-cache.ts';

/** Lifetime of a cached number, which saves tenants with many runs a read for each. */
const TTL_MS = 10_000;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 1_000;

/** Cached sizes of the data stored by the runs of tenants, in bytes (`engine/stored-bytes.ts`). */
export type StoredBytesCache = TtlCache<number>;

/** Creates the cache; call it once per execution environment. */
export const createStoredBytesCache = (now: () => number): StoredBytesCache =>
  new TtlCache({ ttlMs: TTL_MS, size: CACHE_SIZE, now });
