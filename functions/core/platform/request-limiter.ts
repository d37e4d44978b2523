import { LimitReached, type Limits, type TenantLimits, tooManyRequestsError } from '../domain/limits.ts';
import { type HeldTokens, isUsable, nextDrawSize, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { assertTenantNotDeleted, TenantDeletedError } from '../domain/tenant-tombstone.ts';
import type { Db } from '../store/db.ts';
import { getLimits } from '../store/limits.ts';
import { drawTokens } from '../store/request-rates.ts';
import type { Log } from './log.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of cached limits, after which a change applies on all instances. */
const LIMITS_TTL_MS = 30_000;
/** Lifetime of the bucket of a tenant without requests. */
const BUCKET_TTL_MS = 3_600_000;
/** Maximum number of cached tenants. */
const CACHE_SIZE = 1_000;
/**
 * Minimum pause after a rejection during which an instance does not read the bucket: rejected requests must be cheaper
 * than served ones.
 */
const REJECTION_PAUSE_MS = 200;

export interface RequestLimiterOptions {
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Pick<Log, 'warn'>;
  readonly defaultLimits: Limits;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The part of a tenant's token bucket that this instance holds. */
interface TokenBucket {
  holding: HeldTokens | undefined;
  /** Last known time at which the bucket is full again, in epoch microseconds. */
  fullAt: number | undefined;
  /** Epoch milliseconds until which the bucket is not read. */
  pausedUntil: number;
  /** The draw in progress, shared by concurrent requests. */
  pendingDraw: Promise<void> | undefined;
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
  readonly #buckets: TtlCache<TokenBucket>;

  constructor(options: RequestLimiterOptions) {
    const { now } = options;
    this.#options = options;
    this.#limits = new TtlCache({ ttlMs: LIMITS_TTL_MS, size: CACHE_SIZE, now });
    this.#buckets = new TtlCache({ ttlMs: BUCKET_TTL_MS, size: CACHE_SIZE, now });
  }

  /**
   * Admits one request of the tenant. If the bucket cannot be read, the request is admitted: it may not need the
   * unavailable store.
   *
   * @throws LimitReached `limit.requestsPerSecond`
   * @throws TenantDeletedError
   */
  async acquire(tenant: TenantId): Promise<void> {
    try {
      await this.#pass(tenant);
    } catch (error) {
      if (error instanceof LimitReached || error instanceof TenantDeletedError) throw error;
      // guard: request-rate.unavailable
      this.#options.log.warn('limit.bypassed', { tenant, error: String(error) });
    }
  }

  async #pass(tenant: TenantId): Promise<void> {
    const { now } = this.#options;
    const limits = await this.#limitsOf(tenant);
    const rate = rateOf(limits);
    const bucket = this.#bucketOf(tenant);
    for (;;) {
      const at = now();
      const { holding } = bucket;
      if (holding && isUsable(holding, microseconds(at), rate)) {
        bucket.holding = { ...holding, left: holding.left - 1 };
        return;
      }
      if (at < bucket.pausedUntil) throw tooManyRequestsError(limits, Math.ceil((bucket.pausedUntil - at) / 1_000));
      bucket.pendingDraw ??= this.#ask(tenant, bucket, rate).finally(() => {
        bucket.pendingDraw = undefined;
      });
      await bucket.pendingDraw;
    }
  }

  async #ask(tenant: TenantId, bucket: TokenBucket, rate: RequestRate): Promise<void> {
    const { dbOf, now } = this.#options;
    const at = now();
    const wanted = nextDrawSize(bucket.holding, microseconds(at), rate);
    const drawn = await drawTokens(dbOf(tenant), tenant, { seen: bucket.fullAt, wanted, now: microseconds(at) }, rate);
    bucket.fullAt = drawn.full;
    if (drawn.ok) bucket.holding = { taken: drawn.count, left: drawn.count, at: microseconds(at) };
    else bucket.pausedUntil = at + Math.max(REJECTION_PAUSE_MS, Math.ceil(drawn.waitUs / 1_000));
  }

  #bucketOf(tenant: TenantId): TokenBucket {
    const known = this.#buckets.get(tenant);
    if (known) return known;
    const bucket: TokenBucket = { holding: undefined, fullAt: undefined, pausedUntil: 0, pendingDraw: undefined };
    this.#buckets.set(tenant, bucket, this.#options.now());
    return bucket;
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

const microseconds = (milliseconds: number): number => Math.floor(milliseconds * 1_000);
