import type { IncomingMessage } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { truncate } from '../../domain/text.ts';

/**
 * Decoders by content coding (RFC 9110, section 8.4.1; RFC 8878). Each receives the first chunk of the encoded body.
 */
const DECODERS: Readonly<Record<string, (first: Buffer) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  // Some servers omit the zlib header, whose first byte names compression method 8.
  deflate: (first) => (((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};

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
  const decoder = decoderFor(first.value);
  const all = async function* (): AsyncGenerator<Buffer> {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  // Errors reach the reader through the decoder.
  pipeline(all, decoder, () => {});
  try {
    yield* decoder as AsyncIterable<Buffer>;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new DecodingError(`the response cannot be decoded as ${coding}: ${message}`, code === 'Z_BUF_ERROR');
  }
}
