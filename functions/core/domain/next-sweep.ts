/** The earliest of several times at which a tenant must be swept again. */
export class NextSweep {
  #at: number | null = null;

  /** Epoch milliseconds; `null` if no time was included. */
  get at(): number | null {
    return this.#at;
  }

  /** Includes a time in epoch milliseconds, or the earliest of another set; `null` includes nothing. */
  include(other: number | null | NextSweep): void {
    const at = other instanceof NextSweep ? other.at : other;
    if (at !== null && (this.#at === null || at < this.#at)) this.#at = at;
  }
}
