/** A cache in the memory of the execution environment that evicts the least recently used value beyond its size. */
export class LruCache<Key, Value extends NonNullable<unknown>> {
  readonly #size: number;
  /** Ordered by use, the least recently used value first. */
  readonly #values = new Map<Key, Value>();

  /** @param size maximum number of values */
  constructor(size: number) {
    this.#size = size;
  }

  get(key: Key): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#size) return;
    for (const leastRecentlyUsed of this.#values.keys()) {
      this.#values.delete(leastRecentlyUsed);
      return;
    }
  }

  delete(key: Key): void {
    this.#values.delete(key);
  }
}
