import { TimedCache } from './timed-cache.ts';

/** How long a tenant's number is kept in memory: a tenant with many runs does not pay a read for each. */
const KEEP_MS = 10_000;
/** Tenants kept at most. */
const KEPT = 1_000;

/** Bytes that the runs of tenants left behind, as they were read a moment ago (`lifecycle/stored-bytes.ts`). */
export type KnownBytes = TimedCache<number>;

/** Make it once for each execution environment. */
export const createKnownBytes = (now: () => number): KnownBytes => new TimedCache({ keepMs: KEEP_MS, size: KEPT, now });
