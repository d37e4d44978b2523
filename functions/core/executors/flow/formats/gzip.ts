import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FlowFailure } from '../flow-failure.ts';
import type { Chunk } from './scanner.ts';

/**
 * Maximum unpacked size of a gzip file: 2 GB. A position is reached only from the start of the file, so every slice
 * unpacks again what earlier slices have read.
 */
const MAX_UNPACKED_BYTES = 2 * 1024 ** 3;

/** Magic number of gzip, in hexadecimal. */
const GZIP = '1f8b08';
/** Magic numbers of unsupported formats, in hexadecimal. Text never starts with them. */
const UNSUPPORTED_FORMATS: readonly (readonly [RegExp, string])[] = [
  [/^504b0304/, 'a ZIP archive (.zip, .xlsx)'],
  [/^28b52ffd/, 'compressed with zstd'],
  [/^fd377a58/, 'compressed with xz'],
  [/^04224d18/, 'compressed with lz4'],
  [/^377abcaf/, 'a 7z archive'],
  [/^425a683[1-9]314159265359/, 'compressed with bzip2'],
  [/^5041523115/, 'a Parquet file'],
  [/^4f626a01/, 'an Avro file'],
];

/** Bytes needed to detect a format. */
const HEAD_BYTES = 10;

/** A file's chunks and its detected format. */
export interface DetectedFile {
  readonly isGzip: boolean;
  readonly chunks: AsyncGenerator<Chunk, void, undefined>;
}

/**
 * Detects gzip from the first bytes of a file. The name, such as `.gz`, is ignored.
 *
 * @throws FlowFailure, permanent, if the file has an unsupported packed format
 */
export async function detectGzip(chunks: AsyncGenerator<Chunk, void, undefined>, name: string): Promise<DetectedFile> {
  let head = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value.bytes]);
  }
  const magic = head.toString('hex', 0, HEAD_BYTES);
  // Brotli has no magic number.
  const refused =
    UNSUPPORTED_FORMATS.find(([bytes]) => bytes.test(magic))?.[1] ??
    (name.endsWith('.br') ? 'compressed with brotli' : undefined);
  if (refused !== undefined) {
    await chunks.return();
    const message = `s3: ${name} is ${refused}, which cannot be read: store it as it is, or as gzip`;
    throw new FlowFailure(message, { permanent: true });
  }
  return { isGzip: magic.startsWith(GZIP), chunks: prependHead(head, chunks) };
}

async function* prependHead(
  head: Buffer,
  rest: AsyncGenerator<Chunk, void, undefined>,
): AsyncGenerator<Chunk, void, undefined> {
  try {
    if (head.length > 0) yield { bytes: head, at: 0 };
    yield* rest;
  } finally {
    await rest.return();
  }
}

/**
 * Unpacks a gzip file. Offsets refer to the unpacked bytes.
 *
 * @throws FlowFailure, permanent, if the file is damaged or unpacks to more than 2 GB
 */
export async function* gunzipChunks(
  chunks: AsyncIterable<Chunk>,
  name: string,
  maxBytes = MAX_UNPACKED_BYTES,
): AsyncGenerator<Chunk, void, undefined> {
  const gunzip = createGunzip();
  // Errors of both ends reach the reader through `gunzip`.
  pipeline(Readable.from(toBuffers(chunks), { objectMode: false }), gunzip).catch(() => {});
  let at = 0;
  try {
    for await (const bytes of gunzip as AsyncIterable<Buffer>) {
      yield { bytes, at };
      at += bytes.length;
      if (at > maxBytes)
        throw permanentFailure(`s3: ${name} unpacks to more than ${maxBytes} bytes: store it in several objects`);
    }
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    throw permanentFailure(`s3: ${name} is damaged gzip: ${(error as Error).message}`, error);
  }
}

async function* toBuffers(chunks: AsyncIterable<Chunk>): AsyncGenerator<Buffer, void, undefined> {
  for await (const { bytes } of chunks) yield bytes;
}

const permanentFailure = (message: string, cause?: unknown): FlowFailure =>
  new FlowFailure(message, { permanent: true, cause });

/** Drops the bytes before an offset. */
export async function* skipToOffset(
  chunks: AsyncIterable<Chunk>,
  begin: number,
): AsyncGenerator<Chunk, void, undefined> {
  for await (const { bytes, at } of chunks) {
    const skipped = Math.max(0, begin - at);
    if (skipped < bytes.length) yield { bytes: bytes.subarray(skipped), at: at + skipped };
  }
}
