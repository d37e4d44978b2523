export interface TtlCacheOptions {
  /** Lifetime of a value in milliseconds. */
  readonly ttlMs: number;
  /** Maximum number of values; the oldest is evicted. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A cache in the memory of the execution environment. */
export class TtlCache<Value> {
  readonly #options: TtlCacheOptions;
  /** Oldest first. */
  readonly #entries = new Map<string, { readonly value: Value; readonly at: number }>();

  constructor(options: TtlCacheOptions) {
    this.#options = options;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const age = this.#options.now() - entry.at;
    // A clock that is set back does not extend the lifetime.
    if (age < this.#options.ttlMs && /* guard: cache.clock-set-back */ age >= 0) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param at time of the lookup, taken before it rather than after */
  set(key: string, value: Value, at: number): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= this.#options.size) this.#entries.delete(oldest);
    this.#entries.set(key, { value, at });
  }
}
