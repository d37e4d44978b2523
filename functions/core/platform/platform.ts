import type { Limits } from '../domain/limits.ts';
import type { Db } from '../store/db.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Queues } from './queues.ts';
import type { UsageCache } from './usage-cache.ts';

/** The dependencies of the engine: store, queues, clock and randomness. */
export interface Platform {
  readonly db: Db;
  readonly queues: Queues;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Limits of tenants that have none of their own. */
  readonly defaultLimits: Limits;
  readonly usageCache: UsageCache;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly newUlid: (now: number) => string;
}
