export interface TtlCacheOptions {
  /** Milliseconds that a value is good for. */
  readonly ttlMs: number;
  /** Values at most; the oldest makes room. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What was looked up, kept in the memory of this execution environment for a while. */
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
    // A clock that was set back does not make it last longer.
    if (age < this.#options.ttlMs && /* guard: cache.clock-set-back */ age >= 0) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param at when it was looked up; before, rather than after */
  set(key: string, value: Value, at: number): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= this.#options.size) this.#entries.delete(oldest);
    this.#entries.set(key, { value, at });
  }
}
