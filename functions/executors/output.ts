import { truncateStartToBytes, truncateToBytes } from '../domain/text.ts';
import type { GrowingText } from './executor.ts';
import type { RedactedStream, Redaction } from './redaction.ts';

/** Lines of a stream that a run's row shows. */
export const TAIL_LINES = 100;
/** Bytes (UTF-8) of a stream that a run's row shows at most. */
export const TAIL_BYTES = 16 * 1024;
/** Bytes (UTF-8) of a stream that are kept for Records at most; the note that follows a cut comes on top. */
export const KEPT_BYTES = 1024 * 1024;
/** Bytes (UTF-8) of one part: a Records item holds at most 400 KB. */
export const PART_BYTES = 256 * 1024;

/** What a run wrote to one of its streams. Text is UTF-8; bytes that are not became U+FFFD. */
export interface Output {
  /** The last lines, without a final newline. */
  readonly tail: string;
  /** The whole in parts, to be joined as they are; empty when `tail` is all there was. A cut is noted at the end. */
  readonly parts: readonly string[];
  /** Bytes that were written, kept or not. */
  readonly bytes: number;
}

/** Takes a stream as it comes in bounded memory: its beginning for `parts`, its end for `tail`. */
export class OutputCapture implements GrowingText {
  readonly #decoder = new TextDecoder();
  #head: string[] = [];
  #headBytes = 0;
  #cut = false;
  /** The newest chunks, with at least `TAIL_BYTES` bytes as long as so many came. */
  #newest: Uint8Array[] = [];
  #newestBytes = 0;
  #bytes = 0;
  readonly #redacted: RedactedStream | undefined;

  /** @param redaction what to hide of the stream; what it held back is taken by `finish()` */
  constructor(redaction?: Redaction) {
    this.#redacted = redaction?.stream();
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#bytes;
  }

  write(chunk: Uint8Array): void {
    this.#take(this.#redacted ? this.#redacted.take(chunk) : chunk);
  }

  finish(): Output {
    if (this.#redacted) this.#take(this.#redacted.rest());
    return this.#output();
  }

  /** Of its beginning, which is kept for `parts`: what is cut off there does not show here, either. */
  textFrom(offset: number, bytes: number): string {
    return truncateToBytes(this.#head.join('').slice(offset), bytes);
  }

  #take(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#keepHead(this.#cut ? '' : this.#decoder.decode(chunk, { stream: true }));
    this.#keepNewest(chunk);
  }

  #output(): Output {
    if (!this.#cut) this.#keepHead(this.#decoder.decode());
    const tail = lastLines(this.#newestText());
    if (!this.#cut) {
      const whole = this.#head.join('');
      return { tail, parts: withoutFinalNewline(whole) === tail ? [] : split(whole), bytes: this.#bytes };
    }
    const counts = `${this.#bytes} bytes were written, the first ${KEPT_BYTES} are kept`;
    const note = `\n[cut here: ${counts}; the run shows the last lines]\n`;
    return { tail, parts: split(this.#head.join('') + note), bytes: this.#bytes };
  }

  #keepHead(text: string): void {
    if (text === '') return;
    const room = KEPT_BYTES - this.#headBytes;
    const kept = truncateToBytes(text, room);
    this.#head.push(kept);
    this.#headBytes += Buffer.byteLength(kept);
    this.#cut = kept.length < text.length;
  }

  #keepNewest(chunk: Uint8Array): void {
    const last = chunk.length > TAIL_BYTES ? chunk.slice(-TAIL_BYTES) : chunk;
    this.#newest.push(last);
    this.#newestBytes += last.length;
    for (
      let oldest = this.#newest[0];
      oldest && this.#newestBytes - oldest.length >= TAIL_BYTES;
      oldest = this.#newest[0]
    ) {
      this.#newest.shift();
      this.#newestBytes -= oldest.length;
    }
  }

  #newestText(): string {
    const bytes = Buffer.concat(this.#newest);
    // The oldest bytes may be the rest of a character whose beginning was let go.
    const from =
      this.#newestBytes < this.#bytes
        ? Math.max(
            0,
            bytes.findIndex((byte) => (byte & 0xc0) !== 0x80),
          )
        : 0;
    return new TextDecoder().decode(bytes.subarray(from));
  }
}

/** The output of something that wrote `text` at once. */
export function outputOf(text: string, redaction?: Redaction): Output {
  const capture = new OutputCapture(redaction);
  capture.write(Buffer.from(text));
  return capture.finish();
}

function withoutFinalNewline(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

function lastLines(text: string): string {
  const lines = withoutFinalNewline(text).split('\n').slice(-TAIL_LINES).join('\n');
  return truncateStartToBytes(lines, TAIL_BYTES);
}

function split(text: string): string[] {
  const parts: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const part = truncateToBytes(rest, PART_BYTES);
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return parts;
}
