import { truncateStartToBytes, truncateToBytes } from '../../domain/text.ts';
import type { PartialOutput } from '../execution.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { RedactedStream, Redaction } from './redaction.ts';

/** Lines of a stream that a run's row shows. */
export const TAIL_LINES = 100;
/** Bytes (UTF-8) of a stream that a run's row shows at most. */
export const TAIL_BYTES = 16 * 1024;
/** Bytes (UTF-8) of a stream that are kept of its beginning. */
export const HEAD_BYTES = 1024 * 1024;
/** Bytes (UTF-8) of a stream that are kept of its end. A note between both says how many bytes were left out. */
export const END_BYTES = 256 * 1024;
/** Bytes (UTF-8) of one part: a Records item holds at most 400 KB. */
export const PART_BYTES = 256 * 1024;

/** What a run wrote to one of its streams. Text is UTF-8; bytes that are not became U+FFFD. */
export interface Output {
  /** The last lines, without a final newline. */
  readonly tail: string;
  /**
   * The beginning and the end in parts, to be joined as they are; empty when `tail` is all there was. A line between
   * them says how many bytes were left out.
   */
  readonly parts: readonly string[];
  /** Bytes that were written, kept or not. */
  readonly bytes: number;
}

/** Takes a stream as it comes in bounded memory: its first `HEAD_BYTES` and its last `END_BYTES`. */
export class OutputCapture implements PartialOutput {
  readonly #decoder = new TextDecoder();
  readonly #head: string[] = [];
  #headBytes = 0;
  readonly #end = new RecentBytes(END_BYTES);
  /** Bytes of the text, which are more than those taken when some of these are no UTF-8. */
  #textBytes = 0;
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
    this.#take(this.#redacted ? this.#redacted.write(chunk) : chunk);
  }

  /** @param note a last line on why the stream was not taken to its end */
  finish(note = ''): Output {
    if (this.#redacted) this.#take(this.#redacted.end());
    this.#keep(this.#decoder.decode());
    if (note !== '') this.#keep(`\n[${note}]\n`);
    const tail = lastLines(decodeFromCharacter(this.#end.last(TAIL_BYTES)));
    const whole = this.#whole();
    return { tail, parts: withoutFinalNewline(whole) === tail ? [] : split(whole), bytes: this.#bytes };
  }

  /** Returns text of the beginning: what lies behind its first `HEAD_BYTES` shows when the stream is over. */
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
    // A character that does not fit ends the beginning, though a smaller one that follows it would.
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

/** The output of something that wrote `text` at once. */
export function captureText(text: string, redaction?: Redaction): Output {
  const capture = new OutputCapture(redaction);
  capture.write(Buffer.from(text));
  return capture.finish();
}

/** Decodes UTF-8 of which the first bytes may be the rest of a character; that is dropped. */
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
