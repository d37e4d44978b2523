import type { IncomingMessage } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { truncate } from '../../domain/text.ts';

/** Decoders by the content codings of RFC 9110, 8.4.1 and RFC 8878. Given the first bytes of what is encoded. */
const DECODERS: Readonly<Record<string, (first: Buffer) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  // Some servers leave out the header of zlib, whose first byte names the method 8.
  deflate: (first) => (((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};

/** Bytes that cannot be decoded as their content coding says. */
export class DecodingError extends Error {
  /** They ended before their end: another time they may be whole. */
  readonly truncated: boolean;

  constructor(message: string, truncated: boolean) {
    super(message);
    this.name = 'Undecodable';
    this.truncated = truncated;
  }
}

/**
 * Reads the body of an answer, decoded if it is encoded. No more of it is decoded than is read, and the connection ends
 * with the reading.
 *
 * @throws Undecodable, and what the connection fails with
 */
export async function* decodeBody(response: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  const coding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  try {
    yield* coding === '' || coding === 'identity' ? response : decodeStream(response, coding);
  } catch (error) {
    // A connection that breaks is not the coding's fault.
    throw response.errored ?? error;
  } finally {
    response.destroy();
  }
}

/**
 * Decodes bytes as they come. Nothing is nothing in any coding.
 *
 * @param coding in lower case
 * @throws Undecodable
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
    throw new DecodingError(`the answer cannot be decoded as ${coding}: ${message}`, code === 'Z_BUF_ERROR');
  }
}
