/** The state of the page at one history entry: its scroll position and the loaded data. */
interface CachedEntry {
  scrollY: number;
  readonly values: Map<string, unknown>;
}

/** Number of entries to keep: the most recent ones. */
const MAX_ENTRIES = 20;

/**
 * Caches the scroll position and the loaded data of recent history entries, so that Back shows a page as the user left
 * it.
 *
 * The cache lives as long as the document.
 */
export class EntryCache {
  readonly #entries = new Map<number, CachedEntry>();
  #current: CachedEntry = { scrollY: 0, values: new Map() };
  #restored: CachedEntry | undefined;

  constructor(index: number) {
    this.#entries.set(index, this.#current);
  }

  /** Moves to a new entry and removes all entries after it. */
  push(index: number, scrollY: number): void {
    this.#current.scrollY = scrollY;
    for (const cachedIndex of this.#entries.keys()) if (cachedIndex >= index) this.#entries.delete(cachedIndex);
    this.#enter(index, undefined);
  }

  /**
   * Moves to an entry that was visited before.
   *
   * @returns the scroll position at which the user left the entry; 0 if the entry was evicted
   */
  visit(index: number, scrollY: number): number {
    this.#current.scrollY = scrollY;
    const cached = this.#entries.get(index);
    this.#enter(index, cached);
    return cached?.scrollY ?? 0;
  }

  /** Returns the value saved under a key at the last visit of the current entry, until `endRestoration` is called. */
  restore(key: string): unknown {
    return this.#restored?.values.get(key);
  }

  save(key: string, value: unknown): void {
    this.#current.values.set(key, value);
  }

  /** Ends the restoration of the current entry: later loads use fresh data. */
  endRestoration(): void {
    this.#restored = undefined;
  }

  #enter(index: number, restored: CachedEntry | undefined): void {
    this.#restored = restored;
    this.#current = { scrollY: restored?.scrollY ?? 0, values: new Map(restored?.values) };
    // A `Map` iterates in insertion order: the last entry is the most recent.
    this.#entries.delete(index);
    this.#entries.set(index, this.#current);
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }
}
