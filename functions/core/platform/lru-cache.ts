/** Values that are made when they are first asked for, and kept while they are among the latest that were. */
export class LruCache<Key, Value> {
  readonly #size: number;
  readonly #make: (key: Key) => Value;
  /** The one that was asked for longest ago comes first. */
  readonly #values = new Map<Key, Value>();

  /** @param size values at most */
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
