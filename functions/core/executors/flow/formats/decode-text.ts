import type { Encoding } from '../../../domain/flow/csv-options.ts';
import { FlowFailure } from '../flow-failure.ts';
import type { Chunk } from './scanner.ts';
import { MAX_UNPACKED_BYTES } from './unpack.ts';

/** A text's chunks in UTF-8. */
export interface DecodedText {
  /** The offsets of the chunks refer to the decoded text, not to the stored one. */
  readonly isConverted: boolean;
  readonly chunks: AsyncGenerator<Chunk, void, undefined>;
}

/**
 * Converts a text to UTF-8. A byte order mark of UTF-16 is recognized with every `encoding`; no text in another
 * encoding begins with its bytes. Bytes that the encoding does not have become U+FFFD, except in UTF-8, which passes
 * unchanged.
 *
 * @param name the file's name in messages
 * @param maxBytes maximum size of a converted text in UTF-8
 * @throws FlowFailure, permanent, if a converted text is larger
 */
export async function decodeText(
  chunks: AsyncGenerator<Chunk, void, undefined>,
  name: string,
  encoding: Encoding = 'utf-8',
  maxBytes = MAX_UNPACKED_BYTES,
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
  return from === 'utf-8'
    ? { isConverted: false, chunks: all }
    : { isConverted: true, chunks: bounded(convert(all, from), name, maxBytes) };
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

/** A position is reached only from the start of a converted text, like that of a packed one. */
async function* bounded(
  chunks: AsyncGenerator<Chunk, void, undefined>,
  name: string,
  maxBytes: number,
): AsyncGenerator<Chunk, void, undefined> {
  for await (const chunk of chunks) {
    if (chunk.at + chunk.bytes.length > maxBytes) {
      const message = `s3: ${name} has more than ${maxBytes} bytes in UTF-8: store it in several objects, or in UTF-8`;
      throw new FlowFailure(message, { permanent: true });
    }
    yield chunk;
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
