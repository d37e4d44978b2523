import type { Encoding } from '../../../domain/flow/csv-options.ts';
import type { Chunk } from './scanner.ts';

/** A text's chunks in UTF-8. */
export interface DecodedText {
  /** Whether the offsets of the chunks refer to the decoded text, not to the stored one. */
  readonly isConverted: boolean;
  readonly chunks: AsyncGenerator<Chunk, void, undefined>;
}

/**
 * Converts a text to UTF-8. A byte order mark of UTF-16 is recognized, whatever `encoding` says; no text in another
 * encoding begins with its bytes. Bytes that the encoding does not have become U+FFFD, except in UTF-8, which passes
 * unchanged.
 */
export async function decodeText(
  chunks: AsyncGenerator<Chunk, void, undefined>,
  encoding: Encoding = 'utf-8',
): Promise<DecodedText> {
  const head: Chunk[] = [];
  let mark = '';
  while (mark.length < MARK_DIGITS) {
    const { value, done } = await chunks.next();
    if (done) break;
    head.push(value);
    mark = (mark + value.bytes.toString('hex', 0, MARK_DIGITS / 2)).slice(0, MARK_DIGITS);
  }
  const marked = ({ fffe: 'utf-16le', feff: 'utf-16be' } as const)[mark];
  const from = marked ?? (encoding === 'utf-16' ? 'utf-16le' : encoding);
  const all = resume(head, chunks);
  return from === 'utf-8' ? { isConverted: false, chunks: all } : { isConverted: true, chunks: convert(all, from) };
}

/** Hexadecimal digits of a byte order mark of UTF-16. */
const MARK_DIGITS = 4;

async function* resume(
  head: readonly Chunk[],
  rest: AsyncGenerator<Chunk, void, undefined>,
): AsyncGenerator<Chunk, void, undefined> {
  try {
    yield* head;
    yield* rest;
  } finally {
    await rest.return();
  }
}

async function* convert(
  chunks: AsyncGenerator<Chunk, void, undefined>,
  encoding: string,
): AsyncGenerator<Chunk, void, undefined> {
  const decoder = new TextDecoder(encoding);
  let at = 0;
  const toChunk = (text: string): Chunk => ({ bytes: Buffer.from(text), at });
  for await (const { bytes } of chunks) {
    const chunk = toChunk(decoder.decode(bytes, { stream: true }));
    if (chunk.bytes.length > 0) yield chunk;
    at += chunk.bytes.length;
  }
  const last = toChunk(decoder.decode());
  if (last.bytes.length > 0) yield last;
}
