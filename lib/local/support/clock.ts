/**
 * The adjustable clock of the local system: real time plus an offset that all threads share.
 *
 * The clock shifts timestamps only. Timers use real time: function timeouts, long polls and idle periods are not
 * affected.
 */
export class Clock {
  /** Shared memory that holds the offset. Worker threads read the offset from it directly. */
  readonly buffer: SharedArrayBuffer;
  readonly #offset: BigInt64Array<SharedArrayBuffer>;

  readonly #listeners = new Set<() => void>();

  /** @param buffer buffer of another clock, to share its offset. @default a new buffer with offset 0 */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#offset = new BigInt64Array(buffer);
  }

  /** Epoch milliseconds. */
  now(): number {
    return realNow() + this.offset;
  }

  /** Milliseconds that the clock is ahead of real time. */
  get offset(): number {
    return Number(Atomics.load(this.#offset, 0));
  }

  /**
   * Calls a listener when this object changes the clock, for processes that cannot share memory with it.
   *
   * @returns a function that removes the listener
   */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Moves the clock forward; a negative value moves it back. */
  advance(ms: number): void {
    Atomics.add(this.#offset, 0, BigInt(Math.round(ms)));
    this.#notify();
  }

  /**
   * Sets the current time; the clock continues from there.
   *
   * @param ms epoch milliseconds
   */
  set(ms: number): void {
    Atomics.store(this.#offset, 0, BigInt(Math.round(ms - realNow())));
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Real epoch milliseconds, also in threads whose `Date` is shifted: captured before the shift. */
export const realNow: () => number = Date.now;
