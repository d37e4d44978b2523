import {
  LimitReached,
  type Limits,
  type TenantLimits,
  tooManyHookRequestsError,
  tooManyRequestsError,
} from '../domain/limits.ts';
import { hookRate, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { assertTenantNotDeleted, TenantDeletedError } from '../domain/tenant-tombstone.ts';
import type { Db } from '../store/db.ts';
import { getLimits } from '../store/limits.ts';
import { drawHookTokens, drawRequestTokens } from '../store/request-rates.ts';
import type { Log } from './log.ts';
import { TokenBuckets } from './token-buckets.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of cached limits, after which a change applies on all instances. */
const LIMITS_TTL_MS = 30_000;
/** Minimum pause after a rejection. */
const PAUSE_MS = 200;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 1_000;
export interface RequestLimiterOptions {
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Pick<Log, 'warn'>;
  readonly defaultLimits: Limits;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates a request limiter; call it once per execution environment, because it holds tokens drawn in advance. */
export function createRequestLimiter(options: RequestLimiterOptions): (tenant: TenantId) => Promise<void> {
  const limiter = new RequestLimiter(options);
  return (tenant) => limiter.acquire(tenant);
}

/** Limits the request rate of each tenant over all instances of all surfaces (`domain/request-rate.ts`). */
export class RequestLimiter {
  readonly #options: RequestLimiterOptions;
  readonly #limits: TtlCache<TenantLimits>;
  readonly #buckets: TokenBuckets;
  readonly #hookBuckets: TokenBuckets;

  constructor(options: RequestLimiterOptions) {
    const { dbOf, now } = options;
    this.#options = options;
    this.#limits = new TtlCache({ ttlMs: LIMITS_TTL_MS, size: CACHE_SIZE, now });
    this.#buckets = new TokenBuckets({
      draw: (tenant, request, rate) => drawRequestTokens(dbOf(tenant as TenantId), tenant as TenantId, request, rate),
      pauseMs: PAUSE_MS,
      now,
    });
    this.#hookBuckets = new TokenBuckets({
      draw: (key, request, rate) => {
        const [tenant, hook] = key.split('\n') as [TenantId, string];
        return drawHookTokens(dbOf(tenant), tenant, hook, request, rate);
      },
      pauseMs: PAUSE_MS,
      now,
    });
  }

  /**
   * Admits one request of the tenant. If the bucket cannot be read, the request is admitted: it may not need the
   * unavailable store.
   *
   * @throws LimitReached `limit.requestsPerSecond`
   * @throws TenantDeletedError
   */
  acquire(tenant: TenantId): Promise<void> {
    return this.#orBypass(tenant, async () => {
      const limits = await this.#limitsOf(tenant);
      const waitMs = await this.#buckets.take(tenant, rateOf(limits));
      if (waitMs > 0) throw tooManyRequestsError(limits, Math.ceil(waitMs / 1_000));
    });
  }

  /**
   * Admits one request to a hook of the tenant, in addition to `acquire`. The bucket of the hook protects that of the
   * tenant: the senders of one hook cannot use up the rate of the API.
   *
   * @throws LimitReached `limit.requestsPerSecond`
   * @throws TenantDeletedError
   */
  acquireForHook(tenant: TenantId, hook: string): Promise<void> {
    return this.#orBypass(tenant, async () => {
      const rate = hookRate(rateOf(await this.#limitsOf(tenant)));
      const waitMs = await this.#hookBuckets.take(`${tenant}\n${hook}`, rate);
      if (waitMs > 0) throw tooManyHookRequestsError(Math.ceil(waitMs / 1_000));
    });
  }

  async #orBypass(tenant: TenantId, pass: () => Promise<void>): Promise<void> {
    try {
      await pass();
    } catch (error) {
      if (error instanceof LimitReached || error instanceof TenantDeletedError) throw error;
      // guard: request-rate.unavailable
      this.#options.log.warn('limit.bypassed', { tenant, error: String(error) });
    }
  }

  async #limitsOf(tenant: TenantId): Promise<TenantLimits> {
    const known = this.#limits.get(tenant);
    if (known) return known;
    const { dbOf, defaultLimits, now } = this.#options;
    const at = now();
    const limits = await getLimits(dbOf(tenant), tenant, defaultLimits);
    // A tombstone is not cached: a tenant that is restored has access at once.
    assertTenantNotDeleted(limits);
    this.#limits.set(tenant, limits, at);
    return limits;
  }
}

const rateOf = ({ requestsPerSecond, requestBurst }: TenantLimits): RequestRate => ({
  perSecond: requestsPerSecond,
  burst: requestBurst,
});
