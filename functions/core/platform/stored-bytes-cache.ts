import { TtlCache } from './ttl-cache.ts';

/** How long a tenant's number is kept in memory: a tenant with many runs does not pay a read for each. */
const TTL_MS = 10_000;
/** Tenants kept at most. */
const CACHE_SIZE = 1_000;

/** Bytes that the runs of tenants left behind, as they were read a moment ago (`lifecycle/stored-bytes.ts`). */
export type StoredBytesCache = TtlCache<number>;

/** Make it once for each execution environment. */
export const createStoredBytesCache = (now: () => number): StoredBytesCache =>
  new TtlCache({ ttlMs: TTL_MS, size: CACHE_SIZE, now });
