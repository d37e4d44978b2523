import { LimitReached, type Limits, type TenantLimits, tooManyRequestsError } from '../domain/limits.ts';
import { type HeldTokens, isUsable, nextDrawSize, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import { assertTenantNotDeleted, TenantDeletedError } from '../domain/tenant-tombstone.ts';
import type { Db } from '../store/db.ts';
import { getLimits } from '../store/limits.ts';
import { drawTokens } from '../store/request-rates.ts';
import type { Log } from './log.ts';
import { TtlCache } from './ttl-cache.ts';

/** How long a tenant's limits are kept in memory: a change of them is known everywhere after that. */
const LIMITS_TTL_MS = 30_000;
/** A tenant that makes no request for so long is forgotten. */
const BUCKET_TTL_MS = 3_600_000;
/** Tenants kept at most. */
const CACHE_SIZE = 1_000;
/** How long an instance that was refused does not ask again: what is refused costs less than what is served. */
const REJECTION_PAUSE_MS = 200;

export interface RequestLimiterOptions {
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Pick<Log, 'warn'>;
  readonly defaultLimits: Limits;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What this instance has of a tenant's bucket. */
interface TokenBucket {
  holding: HeldTokens | undefined;
  /** When the bucket was seen to be full again, in epoch microseconds. */
  fullAt: number | undefined;
  /** Epoch milliseconds until which the bucket is not asked. */
  pausedUntil: number;
  /** Whoever is asking the bucket. */
  pendingDraw: Promise<void> | undefined;
}

/** Counts requests. Make it once for each execution environment: it keeps what it took ahead. */
export function createRequestLimiter(options: RequestLimiterOptions): (tenant: TenantId) => Promise<void> {
  const limiter = new RequestLimiter(options);
  return (tenant) => limiter.acquire(tenant);
}

/** The requests of each tenant, counted across all instances of all surfaces (`domain/request-rate.ts`). */
export class RequestLimiter {
  readonly #options: RequestLimiterOptions;
  readonly #limits: TtlCache<TenantLimits>;
  readonly #purses: TtlCache<TokenBucket>;

  constructor(options: RequestLimiterOptions) {
    const { now } = options;
    this.#options = options;
    this.#limits = new TtlCache({ ttlMs: LIMITS_TTL_MS, size: CACHE_SIZE, now });
    this.#purses = new TtlCache({ ttlMs: BUCKET_TTL_MS, size: CACHE_SIZE, now });
  }

  /**
   * Lets one request of the tenant pass. When the bucket cannot be asked it passes, too: that the store does not answer
   * is no reason to refuse what may not need it.
   *
   * @throws LimitReached `limit.requestsPerSecond`, TenantFenced
   */
  async acquire(tenant: TenantId): Promise<void> {
    try {
      await this.#pass(tenant);
    } catch (error) {
      if (error instanceof LimitReached || error instanceof TenantDeletedError) throw error;
      // guard: request-rate.unavailable
      this.#options.log.warn('limit.not_asked', { tenant, error: String(error) });
    }
  }

  async #pass(tenant: TenantId): Promise<void> {
    const { now } = this.#options;
    const limits = await this.#limitsOf(tenant);
    const rate = rateOf(limits);
    const bucket = this.#purseOf(tenant);
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
    const drawn = await drawTokens(
      dbOf(tenant),
      tenant,
      { seen: bucket.fullAt, wish: wanted, now: microseconds(at) },
      rate,
    );
    bucket.fullAt = drawn.full;
    if (drawn.ok) bucket.holding = { taken: drawn.count, left: drawn.count, at: microseconds(at) };
    else bucket.pausedUntil = at + Math.max(REJECTION_PAUSE_MS, Math.ceil(drawn.waitUs / 1_000));
  }

  #purseOf(tenant: TenantId): TokenBucket {
    const known = this.#purses.get(tenant);
    if (known) return known;
    const bucket: TokenBucket = { holding: undefined, fullAt: undefined, pausedUntil: 0, pendingDraw: undefined };
    this.#purses.set(tenant, bucket, this.#options.now());
    return bucket;
  }

  async #limitsOf(tenant: TenantId): Promise<TenantLimits> {
    const known = this.#limits.get(tenant);
    if (known) return known;
    const { dbOf, defaultLimits, now } = this.#options;
    const at = now();
    const limits = await getLimits(dbOf(tenant), tenant, defaultLimits);
    // Not kept: one that is let in again is in at once.
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
