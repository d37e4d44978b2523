import type { IncomingMessage } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { truncate } from '../../domain/text.ts';
import { unzstd } from '../unzstd.ts';

/**
 * Decoders by content coding (RFC 9110, section 8.4.1; RFC 8878). Each receives the encoded body and its first chunk.
 */
const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: (all) => through(all, createGunzip()),
  'x-gzip': (all) => through(all, createGunzip()),
  // Some servers omit the zlib header, whose first byte names compression method 8.
  deflate: (all, first) => through(all, ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: (all) => through(all, createBrotliDecompress()),
  zstd: (all) => unzstd(all, ZSTD_WINDOW_LOG),
};
/** Maximum window of zstd as a content coding: 8 MB (RFC 9659). */
const ZSTD_WINDOW_LOG = 23;

type Decode = (all: AsyncGenerator<Buffer, void, undefined>, first: Buffer) => AsyncIterable<Buffer>;

function through(all: AsyncIterable<Buffer>, decoder: Transform): AsyncIterable<Buffer> {
  // Errors reach the reader through the decoder.
  pipeline(all, decoder, () => {});
  return decoder;
}

/** A body that cannot be decoded with its content coding. */
export class DecodingError extends Error {
  /** The encoded bytes ended early. A repeated request may succeed. */
  readonly truncated: boolean;

  constructor(message: string, truncated: boolean) {
    super(message);
    this.name = 'DecodingError';
    this.truncated = truncated;
  }
}

/**
 * Reads and decodes a response body. Decodes only what the caller consumes, and closes the connection when the caller
 * stops.
 *
 * @throws DecodingError
 * @throws the connection's error
 */
export async function* decodeBody(response: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  const coding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  try {
    yield* coding === '' || coding === 'identity' ? response : decodeStream(response, coding);
  } catch (error) {
    // A broken connection is reported as such, not as a decoding error.
    throw response.errored ?? error;
  } finally {
    response.destroy();
  }
}

/**
 * Decodes a stream of bytes. An empty stream yields nothing with any coding.
 *
 * @param coding content coding in lower case
 * @throws DecodingError
 */
export async function* decodeStream(
  bytes: AsyncIterable<Buffer>,
  coding: string,
): AsyncGenerator<Buffer, void, undefined> {
  const decoderFor = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (!decoderFor) {
    const known = Object.keys(DECODERS).join(', ');
    throw new DecodingError(`Content-Encoding: must be one of ${known}, got '${truncate(coding, 50)}'`, false);
  }
  const chunks = bytes[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const all = async function* (): AsyncGenerator<Buffer, void, undefined> {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  try {
    yield* decoderFor(all(), first.value);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new DecodingError(`the response cannot be decoded as ${coding}: ${message}`, code === 'Z_BUF_ERROR');
  }
}
