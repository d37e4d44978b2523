import { refuseFenced, TenantFenced } from '../domain/fence.ts';
import { LimitReached, type Limits, type TenantLimits, tooManyRequests } from '../domain/limits.ts';
import { type Holding, isGood, nextWish, type RequestRate } from '../domain/request-rate.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { getLimits } from '../store/limits.ts';
import { drawTokens } from '../store/request-rates.ts';
import type { Log } from './log.ts';
import { TimedCache } from './timed-cache.ts';

/** How long a tenant's limits are kept in memory: a change of them is known everywhere after that. */
const KEEP_LIMITS_MS = 30_000;
/** A tenant that makes no request for so long is forgotten. */
const KEEP_TENANT_MS = 3_600_000;
/** Tenants kept at most. */
const KEPT = 1_000;
/** How long an instance that was refused does not ask again: what is refused costs less than what is served. */
const REST_MS = 200;

export interface RequestLimiterOptions {
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Pick<Log, 'warn'>;
  readonly defaultLimits: Limits;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What this instance has of a tenant's bucket. */
interface Purse {
  holding: Holding | undefined;
  /** When the bucket was seen to be full again, in epoch microseconds. */
  full: number | undefined;
  /** Epoch milliseconds until which the bucket is not asked. */
  restUntil: number;
  /** Whoever is asking the bucket. */
  asking: Promise<void> | undefined;
}

/** Counts requests. Make it once for each execution environment: it keeps what it took ahead. */
export function limitRequests(options: RequestLimiterOptions): (tenant: TenantId) => Promise<void> {
  const limiter = new RequestLimiter(options);
  return (tenant) => limiter.pass(tenant);
}

/** The requests of each tenant, counted across all instances of all surfaces (`domain/request-rate.ts`). */
export class RequestLimiter {
  readonly #options: RequestLimiterOptions;
  readonly #limits: TimedCache<TenantLimits>;
  readonly #purses: TimedCache<Purse>;

  constructor(options: RequestLimiterOptions) {
    const { now } = options;
    this.#options = options;
    this.#limits = new TimedCache({ keepMs: KEEP_LIMITS_MS, size: KEPT, now });
    this.#purses = new TimedCache({ keepMs: KEEP_TENANT_MS, size: KEPT, now });
  }

  /**
   * Lets one request of the tenant pass. When the bucket cannot be asked it passes, too: that the store does not answer
   * is no reason to refuse what may not need it.
   *
   * @throws LimitReached `limit.requestsPerSecond`, TenantFenced
   */
  async pass(tenant: TenantId): Promise<void> {
    try {
      await this.#pass(tenant);
    } catch (error) {
      if (error instanceof LimitReached || error instanceof TenantFenced) throw error;
      // guard: request-rate.unavailable
      this.#options.log.warn('limit.not_asked', { tenant, error: String(error) });
    }
  }

  async #pass(tenant: TenantId): Promise<void> {
    const { now } = this.#options;
    const limits = await this.#limitsOf(tenant);
    const rate = rateOf(limits);
    const purse = this.#purseOf(tenant);
    for (;;) {
      const at = now();
      const { holding } = purse;
      if (holding && isGood(holding, microseconds(at), rate)) {
        purse.holding = { ...holding, left: holding.left - 1 };
        return;
      }
      if (at < purse.restUntil) throw tooManyRequests(limits, Math.ceil((purse.restUntil - at) / 1_000));
      purse.asking ??= this.#ask(tenant, purse, rate).finally(() => {
        purse.asking = undefined;
      });
      await purse.asking;
    }
  }

  async #ask(tenant: TenantId, purse: Purse, rate: RequestRate): Promise<void> {
    const { dbOf, now } = this.#options;
    const at = now();
    const wish = nextWish(purse.holding, microseconds(at), rate);
    const drawn = await drawTokens(dbOf(tenant), tenant, { seen: purse.full, wish, now: microseconds(at) }, rate);
    purse.full = drawn.full;
    if (drawn.ok) purse.holding = { taken: drawn.count, left: drawn.count, at: microseconds(at) };
    else purse.restUntil = at + Math.max(REST_MS, Math.ceil(drawn.waitUs / 1_000));
  }

  #purseOf(tenant: TenantId): Purse {
    const known = this.#purses.get(tenant);
    if (known) return known;
    const purse: Purse = { holding: undefined, full: undefined, restUntil: 0, asking: undefined };
    this.#purses.set(tenant, purse, this.#options.now());
    return purse;
  }

  async #limitsOf(tenant: TenantId): Promise<TenantLimits> {
    const known = this.#limits.get(tenant);
    if (known) return known;
    const { dbOf, defaultLimits, now } = this.#options;
    const at = now();
    const limits = await getLimits(dbOf(tenant), tenant, defaultLimits);
    // Not kept: one that is let in again is in at once.
    refuseFenced(limits);
    this.#limits.set(tenant, limits, at);
    return limits;
  }
}

const rateOf = ({ requestsPerSecond, requestBurst }: TenantLimits): RequestRate => ({
  perSecond: requestsPerSecond,
  burst: requestBurst,
});

const microseconds = (milliseconds: number): number => Math.floor(milliseconds * 1_000);
