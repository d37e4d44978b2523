/** A file to read ranges of. */
export interface RangedFile {
  readonly size: number;
  read(from: number, to: number): Promise<Buffer>;
}

/** Keeps the ranges of a file that were read, up to a number of bytes. The oldest ones leave first. */
export class ByteCache {
  readonly #file: RangedFile;
  readonly #maxBytes: number;
  readonly #ranges = new Map<string, Buffer>();
  #bytes = 0;

  constructor(file: RangedFile, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  async read(from: number, to: number): Promise<Buffer> {
    const name = `${from}-${to}`;
    const known = this.#ranges.get(name);
    if (known) return known;
    const bytes = await this.#file.read(from, to);
    this.#ranges.set(name, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#ranges) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#ranges.delete(oldest);
      this.#bytes -= length;
    }
    return bytes;
  }
}
