/** A secret that a job refers to. */
export interface NeededSecret {
  readonly name: string;
  /** Words for its value, to follow "to". */
  readonly value: string;
}

/** Names of secrets: one for each purpose and value. */
export class SecretNames {
  readonly #names = new Map<string, string>();

  /**
   * Returns a valid name made of the purpose, with a number if another value has the same purpose.
   *
   * @param value the credential, which is compared only
   */
  nameOf(purpose: string, value: string): string {
    const key = JSON.stringify([purpose, value]);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const stem = purpose.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 58);
    const taken = new Set(this.#names.values());
    let name = stem;
    for (let n = 2; taken.has(name); n++) name = `${stem}-${n}`;
    this.#names.set(key, name);
    return name;
  }
}
