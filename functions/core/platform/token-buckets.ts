import { type HeldTokens, isUsable, nextDrawSize, type RequestRate } from '../domain/request-rate.ts';
import type { DrawRequest, DrawResult } from '../store/request-rates.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of the bucket of a key without requests. */
const BUCKET_TTL_MS = 3_600_000;
/** Maximum number of cached buckets. */
const CACHE_SIZE = 1_000;
export interface TokenBucketsOptions {
  /** Draws tokens from the stored bucket of a key. */
  readonly draw: (key: string, request: DrawRequest, rate: RequestRate) => Promise<DrawResult>;
  /**
   * Minimum pause in milliseconds after a rejection during which an instance does not read a bucket: rejected requests
   * must be cheaper than served ones.
   */
  readonly pauseMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The part of a token bucket that this instance holds. */
interface TokenBucket {
  holding: HeldTokens | undefined;
  /** Last known time at which the bucket is full again, in epoch microseconds. */
  fullAt: number | undefined;
  /** Epoch milliseconds until which the bucket is not read. */
  pausedUntil: number;
  /** The draw in progress, shared by concurrent requests. */
  pendingDraw: Promise<void> | undefined;
}

/**
 * Token buckets that all instances share, by key (`domain/request-rate.ts`). Create them once per execution environment,
 * because they hold tokens drawn in advance.
 */
export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  readonly #buckets: TtlCache<TokenBucket>;

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
    this.#buckets = new TtlCache({ ttlMs: BUCKET_TTL_MS, size: CACHE_SIZE, now: options.now });
  }

  /**
   * Takes a token.
   *
   * @returns 0 if a token was taken, otherwise the milliseconds after which one may be available
   * @throws the error of a draw
   */
  async take(key: string, rate: RequestRate): Promise<number> {
    const bucket = this.#bucketOf(key);
    for (;;) {
      const at = this.#options.now();
      const { holding } = bucket;
      if (holding && isUsable(holding, microseconds(at), rate)) {
        bucket.holding = { ...holding, left: holding.left - 1 };
        return 0;
      }
      if (at < bucket.pausedUntil) return bucket.pausedUntil - at;
      bucket.pendingDraw ??= this.#draw(key, bucket, rate).finally(() => {
        bucket.pendingDraw = undefined;
      });
      await bucket.pendingDraw;
    }
  }

  async #draw(key: string, bucket: TokenBucket, rate: RequestRate): Promise<void> {
    const at = this.#options.now();
    const now = microseconds(at);
    const wanted = nextDrawSize(bucket.holding, now, rate);
    const drawn = await this.#options.draw(key, { seen: bucket.fullAt, wanted, now }, rate);
    bucket.fullAt = drawn.full;
    if (drawn.ok) bucket.holding = { taken: drawn.count, left: drawn.count, at: now };
    else bucket.pausedUntil = at + Math.max(this.#options.pauseMs, Math.ceil(drawn.waitUs / 1_000));
  }

  #bucketOf(key: string): TokenBucket {
    const known = this.#buckets.get(key);
    if (known) return known;
    const bucket: TokenBucket = { holding: undefined, fullAt: undefined, pausedUntil: 0, pendingDraw: undefined };
    this.#buckets.set(key, bucket, this.#options.now());
    return bucket;
  }
}

const microseconds = (milliseconds: number): number => Math.floor(milliseconds * 1_000);
