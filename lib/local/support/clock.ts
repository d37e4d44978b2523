/**
 * The settable clock of the local system: real time plus an offset that all threads share.
 *
 * Only what asks for the time is shifted. Timers stay real: a function's timeout, a long poll or an idle period lasts
 * as long as it says, whatever the clock shows.
 */
export class Clock {
  /** Holds the offset. Worker threads get it and read it without asking. */
  readonly buffer: SharedArrayBuffer;
  readonly #offset: BigInt64Array<SharedArrayBuffer>;

  /** @param buffer that of another clock, to share its offset; a clock without one shows real time */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#offset = new BigInt64Array(buffer);
  }

  /** Epoch milliseconds. */
  now(): number {
    return realNow() + Number(Atomics.load(this.#offset, 0));
  }

  /** Moves the clock by that many milliseconds; negative moves it back. */
  advance(ms: number): void {
    Atomics.add(this.#offset, 0, BigInt(Math.round(ms)));
  }

  /** Makes the clock show this time (epoch milliseconds) now; it goes on from there. */
  set(ms: number): void {
    Atomics.store(this.#offset, 0, BigInt(Math.round(ms - realNow())));
  }
}

/** Real time, also in a thread whose `Date` is shifted: taken before that can happen. */
export const realNow: () => number = Date.now;
