/** A cache of the most recently used values, which are created on first use. */
export class LruCache<Key, Value> {
  readonly #size: number;
  readonly #make: (key: Key) => Value;
  /** Least recently used first. */
  readonly #values = new Map<Key, Value>();

  /** @param size maximum number of values */
  constructor(size: number, make: (key: Key) => Value) {
    this.#size = size;
    this.#make = make;
  }

  get(key: Key): Value {
    const known = this.#values.get(key);
    const value = known === undefined ? this.#make(key) : known;
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (oldest !== undefined && this.#values.size > this.#size) this.#values.delete(oldest);
    return value;
  }
}
