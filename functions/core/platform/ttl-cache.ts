import { LruCache } from './lru-cache.ts';

export interface TtlCacheOptions {
  /** Lifetime of a value in milliseconds. */
  readonly ttlMs: number;
  /** Maximum number of values; the least recently used one is evicted. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A value and the time of its lookup, by the clock of the cache. */
interface Entry<Value> {
  readonly value: Value;
  readonly at: number;
}

/**
 * A cache in the memory of the execution environment. All values expire when the wall clock is set back, because their
 * age is unknown then.
 */
export class TtlCache<Value extends NonNullable<unknown>> {
  readonly #options: TtlCacheOptions;
  readonly #entries: LruCache<string, Entry<Value>>;
  /** The latest time read from the wall clock. */
  #latest = Number.NEGATIVE_INFINITY;
  /** Milliseconds by which the clock of the cache is ahead of the wall clock. */
  #aheadMs = 0;

  constructor(options: TtlCacheOptions) {
    this.#options = options;
    this.#entries = new LruCache(options.size);
  }

  get(key: string): Value | undefined {
    const now = this.#readClock();
    const entry = this.#entries.get(key);
    if (entry === undefined || now - entry.at < this.#options.ttlMs) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param at time of the lookup, taken before it rather than after */
  set(key: string, value: Value, at: number): void {
    const now = this.#readClock();
    this.#entries.set(key, { value, at: Math.min(at + this.#aheadMs, now) });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #readClock(): number {
    const time = this.#options.now();
    // guard: cache.clock-set-back
    if (time < this.#latest) this.#aheadMs += this.#latest - time + this.#options.ttlMs;
    this.#latest = time;
    return time + this.#aheadMs;
  }
}
