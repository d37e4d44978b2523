import { LRUCache } from 'lru-cache';

export interface TtlCacheOptions {
  /** Lifetime of a value in milliseconds. */
  readonly ttlMs: number;
  /** Maximum number of values; the least recently used one is evicted. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * A cache in the memory of the execution environment. All values expire when the wall clock is set back, because their
 * age is unknown then.
 */
export class TtlCache<Value extends NonNullable<unknown>> {
  readonly #options: TtlCacheOptions;
  readonly #values: LRUCache<string, Value>;
  /** The latest time read from the wall clock. */
  #latest = Number.NEGATIVE_INFINITY;
  /**
   * Milliseconds by which the clock of `#values` is ahead of the wall clock; never 0, because `lru-cache` does not expire
   * a value that starts at 0.
   */
  #aheadMs = 1;

  constructor(options: TtlCacheOptions) {
    this.#options = options;
    this.#values = new LRUCache({
      // With `max`, `lru-cache` allocates the memory of all values at once.
      maxSize: options.size,
      sizeCalculation: () => 1,
      // A value of the age `ttl` is still valid in `lru-cache`.
      ttl: options.ttlMs - 1,
      // Reads the clock each time instead of once a millisecond by a timer.
      ttlResolution: 0,
      perf: { now: () => this.#readClock() },
    });
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** @param at time of the lookup, taken before it rather than after */
  set(key: string, value: Value, at: number): void {
    const now = this.#readClock();
    this.#values.set(key, value, { start: Math.min(at + this.#aheadMs, now) });
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  #readClock(): number {
    const time = this.#options.now();
    // guard: cache.clock-set-back
    if (time < this.#latest) this.#aheadMs += this.#latest - time + this.#options.ttlMs;
    this.#latest = time;
    return time + this.#aheadMs;
  }
}
