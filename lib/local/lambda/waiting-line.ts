/**
 * A queue of several lanes that are served in turn, so that a lane with many entries does not delay the others. Entries
 * of one lane are served in order.
 */
export class WaitingLine<Entry> {
  /** Entries by lane. The first lane is served next. */
  readonly #lanes = new Map<string, Entry[]>();

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  push(lane: string, entry: Entry): void {
    const entries = this.#lanes.get(lane);
    if (entries) entries.push(entry);
    else this.#lanes.set(lane, [entry]);
  }

  /** Removes and returns the next entry; `undefined` if the queue is empty. */
  shift(): Entry | undefined {
    const [next] = this.#lanes;
    if (!next) return undefined;
    const [lane, entries] = next;
    const entry = entries.shift();
    this.#lanes.delete(lane);
    if (entries.length > 0) this.#lanes.set(lane, entries);
    return entry;
  }

  has(entry: Entry): boolean {
    return [...this.#lanes.values()].some((entries) => entries.includes(entry));
  }

  /** @returns whether the entry was in the queue */
  remove(entry: Entry): boolean {
    for (const [lane, entries] of this.#lanes) {
      const index = entries.indexOf(entry);
      if (index < 0) continue;
      entries.splice(index, 1);
      if (entries.length === 0) this.#lanes.delete(lane);
      return true;
    }
    return false;
  }
}
