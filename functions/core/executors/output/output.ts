import { truncateStartToBytes, truncateToBytes } from '../../domain/text.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { RedactedStream, Redaction } from './redaction.ts';

/** Maximum lines of a stream in a run's row. */
export const TAIL_LINES = 100;
/** Maximum bytes (UTF-8) of a stream in a run's row. */
export const TAIL_BYTES = 16 * 1024;
/** Bytes (UTF-8) kept from the start of a stream. */
export const HEAD_BYTES = 1024 * 1024;
/** Bytes (UTF-8) kept from the end of a stream. A note between start and end states the number of omitted bytes. */
export const END_BYTES = 256 * 1024;
/** Bytes (UTF-8) of one part: an item of the Records table holds at most 400 KB. */
export const PART_BYTES = 256 * 1024;

/** One output stream of a run, as UTF-8. Invalid bytes are replaced by U+FFFD. */
export interface Output {
  /** The last lines, without a final newline. */
  readonly tail: string;
  /**
   * The start and the end of the stream, to be concatenated; empty if `tail` is the whole stream. A line between them
   * states the number of omitted bytes.
   */
  readonly parts: readonly string[];
  /** Bytes written, including omitted ones. */
  readonly bytes: number;
}

/** A stream that is still being written. */
export interface PartialOutput {
  /**
   * Returns redacted text from a character offset on.
   *
   * @param offset in UTF-16 code units
   * @param bytes maximum length in bytes of UTF-8
   */
  textFrom(offset: number, bytes: number): string;
}

/** The output streams of an attempt. */
export type OutputStreams = Readonly<Partial<Record<'stdout' | 'stderr', PartialOutput>>>;

/** Captures a stream in bounded memory: the first `HEAD_BYTES` and the last `END_BYTES`. */
export class OutputCapture implements PartialOutput {
  readonly #decoder = new TextDecoder();
  readonly #head: string[] = [];
  #headBytes = 0;
  readonly #end = new RecentBytes(END_BYTES);
  /** Bytes of the decoded text. Exceeds `#bytes` if invalid UTF-8 was replaced. */
  #textBytes = 0;
  #bytes = 0;
  readonly #redacted: RedactedStream | undefined;

  /** @param redaction redacts the stream; `finish()` flushes what it holds back */
  constructor(redaction?: Redaction) {
    this.#redacted = redaction?.stream();
  }

  /** Bytes captured so far. */
  get bytes(): number {
    return this.#bytes;
  }

  write(chunk: Uint8Array): void {
    this.#take(this.#redacted ? this.#redacted.write(chunk) : chunk);
  }

  /** @param note a last line that states why the stream was not captured to its end */
  finish(note = ''): Output {
    if (this.#redacted) this.#take(this.#redacted.end());
    this.#keep(this.#decoder.decode());
    if (note !== '') this.#keep(`\n[${note}]\n`);
    const tail = lastLines(decodeFromCharacter(this.#end.last(TAIL_BYTES)));
    const whole = this.#whole();
    return { tail, parts: withoutFinalNewline(whole) === tail ? [] : split(whole), bytes: this.#bytes };
  }

  /** Returns text within the first `HEAD_BYTES`; later text is available after the stream has ended. */
  textFrom(offset: number, bytes: number): string {
    return truncateToBytes(this.#head.join('').slice(offset), bytes);
  }

  #take(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#keep(this.#decoder.decode(chunk, { stream: true }));
  }

  #keep(text: string): void {
    if (text === '') return;
    const bytes = Buffer.from(text);
    // A character that does not fit ends the head, even if a smaller one after it would fit.
    const isOpen = this.#headBytes === this.#textBytes;
    if (isOpen) {
      const kept = truncateToBytes(text, HEAD_BYTES - this.#headBytes);
      if (kept !== '') this.#head.push(kept);
      this.#headBytes += Buffer.byteLength(kept);
    }
    this.#end.push(bytes);
    this.#textBytes += bytes.length;
  }

  #whole(): string {
    const head = this.#head.join('');
    const rest = this.#textBytes - this.#headBytes;
    const end = decodeFromCharacter(this.#end.last(rest));
    const leftOut = rest - Buffer.byteLength(end);
    if (leftOut === 0) return head + end;
    const kept = `the first ${HEAD_BYTES} and the last ${END_BYTES} are kept`;
    return `${head}\n[${leftOut} bytes were left out here: ${kept}]\n${end}`;
  }
}

/** Captures a complete text. */
export function captureText(text: string, redaction?: Redaction): Output {
  const capture = new OutputCapture(redaction);
  capture.write(Buffer.from(text));
  return capture.finish();
}

/** Decodes UTF-8 that may start within a character; the partial character is dropped. */
function decodeFromCharacter(bytes: Buffer): string {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return bytes.toString('utf8', Math.max(0, start));
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
