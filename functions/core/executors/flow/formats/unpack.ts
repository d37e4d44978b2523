import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../../../domain/flow/source.ts';
import { unzstd } from '../../unzstd.ts';
import { FlowFailure } from '../flow-failure.ts';
import type { Chunk } from './scanner.ts';

/**
 * Maximum unpacked size of a file: 2 GB. A position is reached only from the start of the file, so every slice
 * unpacks again what earlier slices have read.
 */
export const MAX_UNPACKED_BYTES = 2 * 1024 ** 3;

/** Magic numbers, in hexadecimal. A zstd file may begin with a frame that decoders skip. */
const MAGIC: Readonly<Record<Packing, RegExp>> = { gzip: /^1f8b08/, zstd: /^(28b52ffd|5.2a4d18)/ };
/** Maximum window of zstd, 64 MB: that of all levels but `--ultra -22` and `--long=27`. */
const ZSTD_WINDOW_LOG = 26;
const PARQUET = 'a Parquet file';

/** Magic numbers of unsupported formats, in hexadecimal. Text never starts with them. */
const UNSUPPORTED_FORMATS: readonly (readonly [RegExp, string])[] = [
  [/^504b0304/, 'a ZIP archive (.zip, .xlsx)'],
  [/^fd377a58/, 'compressed with xz'],
  [/^04224d18/, 'compressed with lz4'],
  [/^377abcaf/, 'a 7z archive'],
  [/^425a683[1-9]314159265359/, 'compressed with bzip2'],
  [/^5041523115/, PARQUET],
  [/^4f626a01/, 'an Avro file'],
];

/** Bytes needed to detect a format. */
const HEAD_BYTES = 10;

export type Packing = Exclude<Compression, 'none'>;

/** A file's chunks, and how they are packed. */
export interface DetectedFile {
  readonly packing: Packing | undefined;
  readonly chunks: AsyncGenerator<Chunk, void, undefined>;
}

/**
 * Detects the packing of a file from its first bytes. The name, such as `.gz`, is ignored.
 *
 * @param expected how the file must be packed. @default detected
 * @throws FlowFailure, permanent, if the file has an unsupported packed format, or another than expected
 */
export async function detectPacking(
  chunks: AsyncGenerator<Chunk, void, undefined>,
  name: string,
  expected?: Compression,
): Promise<DetectedFile> {
  if (expected === 'none') return { packing: undefined, chunks };
  let head = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value.bytes]);
  }
  const magic = head.toString('hex', 0, HEAD_BYTES);
  const packing = (['gzip', 'zstd'] as const).find((each) => MAGIC[each].test(magic));
  if (expected !== undefined && packing !== expected) {
    await chunks.return();
    throw permanentFailure(`s3: ${name} is not packed with ${expected}, as "compression" says`);
  }
  // Brotli has no magic number.
  const refused =
    UNSUPPORTED_FORMATS.find(([bytes]) => bytes.test(magic))?.[1] ??
    (name.endsWith('.br') ? 'compressed with brotli' : undefined);
  if (refused !== undefined) {
    await chunks.return();
    const advice =
      refused === PARQUET
        ? 'which "format": "parquet" reads'
        : 'which cannot be read: store it as it is, or as gzip or zstd';
    throw permanentFailure(`s3: ${name} is ${refused}, ${advice}`);
  }
  return { packing, chunks: prependHead(head, chunks) };
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
 * Unpacks a file. Offsets refer to the unpacked bytes.
 *
 * @throws FlowFailure, permanent, if the file is damaged or unpacks to more than 2 GB
 */
export async function* unpackChunks(
  packing: Packing,
  chunks: AsyncIterable<Chunk>,
  name: string,
  maxBytes = MAX_UNPACKED_BYTES,
): AsyncGenerator<Chunk, void, undefined> {
  let at = 0;
  try {
    for await (const bytes of packing === 'gzip'
      ? gunzip(toBuffers(chunks))
      : unzstd(toBuffers(chunks), ZSTD_WINDOW_LOG)) {
      yield { bytes, at };
      at += bytes.length;
      if (at > maxBytes)
        throw permanentFailure(`s3: ${name} unpacks to more than ${maxBytes} bytes: store it in several objects`);
    }
  } catch (error) {
    if (!/^(Z|ZSTD)_/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw permanentFailure(`s3: ${name} is damaged ${packing}: ${(error as Error).message}`, error);
  }
}

function gunzip(buffers: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const engine = createGunzip();
  // Errors of both ends reach the reader through the engine.
  pipeline(Readable.from(buffers, { objectMode: false }), engine).catch(() => {});
  return engine;
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
