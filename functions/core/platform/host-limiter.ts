import { hostRate } from '../domain/host-rate.ts';
import type { Limits } from '../domain/limits.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { getLimits } from '../store/limits.ts';
import { drawHostTokens } from '../store/request-rates.ts';
import type { Log } from './log.ts';
import { TokenBuckets } from './token-buckets.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of cached limits, after which a change applies on all instances. */
const LIMITS_TTL_MS = 30_000;
/** Minimum pause after a rejection, in which tokens for one draw return. */
const PAUSE_MS = 1_000;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 1_000;
/** Separates tenant and host in the key of a bucket. Neither contains it. */
const SEPARATOR = ' ';

/**
 * Takes a token for one request of a tenant's flow to a host.
 *
 * @returns 0 if the request may be sent, otherwise the milliseconds after which to ask again
 */
export type TakeHostToken = (tenant: TenantId, host: string) => Promise<number>;

export interface HostLimiterOptions {
  readonly db: Db;
  readonly log: Pick<Log, 'warn'>;
  readonly defaultLimits: Limits;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Limits the rate at which all flows of a tenant send requests to one host, over all workers. A tenant cannot use the
 * platform to overload a host. Create it once per execution environment.
 *
 * If the limits or the bucket cannot be read, the request may be sent: a flow does not fail for lack of them.
 */
export function createHostLimiter({ db, log, defaultLimits, now }: HostLimiterOptions): TakeHostToken {
  const limits = new TtlCache<number>({ ttlMs: LIMITS_TTL_MS, size: CACHE_SIZE, now });
  const buckets = new TokenBuckets({
    draw: (key, request, rate) => {
      const [tenant = '', host = ''] = key.split(SEPARATOR);
      return drawHostTokens(db, tenant as TenantId, host, request, rate);
    },
    pauseMs: PAUSE_MS,
    now,
  });
  const limitOf = async (tenant: TenantId): Promise<number> => {
    const known = limits.get(tenant);
    if (known !== undefined) return known;
    const at = now();
    const { hostRequestsPerSecond } = await getLimits(db, tenant, defaultLimits);
    limits.set(tenant, hostRequestsPerSecond, at);
    return hostRequestsPerSecond;
  };
  return async (tenant, host) => {
    try {
      return await buckets.take(tenant + SEPARATOR + host, hostRate(await limitOf(tenant)));
    } catch (error) {
      // guard: host-rate.unavailable
      log.warn('host_limit.bypassed', { tenant, host, error: String(error) });
      return 0;
    }
  };
}
