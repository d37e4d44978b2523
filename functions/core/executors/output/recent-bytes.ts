/** Initial buffer size, sufficient for the output of most runs. */
const FIRST_BUFFER_BYTES = 4 * 1024;

/** The most recent bytes of a stream, in a buffer of at most twice the capacity. */
export class RecentBytes {
  readonly #capacity: number;
  #buffer = Buffer.alloc(0);
  #end = 0;

  /** @param capacity number of bytes kept, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(chunk: Uint8Array): void {
    const recent = chunk.subarray(Math.max(0, chunk.length - this.#capacity));
    if (this.#end + recent.length > this.#buffer.length) this.#reserve(recent.length);
    this.#buffer.set(recent, this.#end);
    this.#end += recent.length;
  }

  /** Returns up to `count` of the last bytes. The result is valid until the next `push`. */
  last(count: number): Buffer {
    return this.#buffer.subarray(Math.max(0, this.#end - Math.min(count, this.#capacity)), this.#end);
  }

  #reserve(bytes: number): void {
    const kept = this.last(this.#capacity);
    const size = Math.min(2 * this.#capacity, Math.max(FIRST_BUFFER_BYTES, 2 * (kept.length + bytes)));
    const buffer = size > this.#buffer.length ? Buffer.alloc(size) : this.#buffer;
    buffer.set(kept, 0);
    this.#buffer = buffer;
    this.#end = kept.length;
  }
}
