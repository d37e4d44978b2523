import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
  snappyUncompress,
} from 'hyparquet';
import { parseExactJson } from '../../../../domain/exact-json.ts';
import type { Json } from '../../../../domain/json.ts';
import { ByteCache, type RangedFile } from './byte-cache.ts';
import type { RowGroup } from './protocol.ts';

const MB = 1024 * 1024;
/** Maximum size of the metadata at the end of a file. */
const MAX_METADATA_BYTES = 16 * MB;
/** Maximum size of one column of a row group, packed, and of one page of it, unpacked: both are held in memory. */
const MAX_COLUMN_BYTES = 64 * MB;
const MAX_PAGE_BYTES = 64 * MB;
/** Bytes at the end of a file: the length of its metadata, and the magic number. */
const TAIL_BYTES = 8;
const MAGIC = 'PAR1';

/** Maximum bytes of a file that are kept, so that the parts of a row group need not be read again. */
const MAX_CACHED_BYTES = 64 * MB;

export interface ParquetFile {
  readonly groups: readonly RowGroup[];
  /**
   * Reads rows of one row group as objects.
   *
   * @throws Error if the file is damaged
   */
  rows(from: number, to: number): Promise<readonly Json[]>;
}

/**
 * Opens a Parquet file by its metadata. Decoding a damaged file may take forever or exhaust memory.
 *
 * @throws Error if the file is damaged, or larger in one of its parts than is possible
 * @throws the error of `RangedFile.read`
 */
export async function openParquet(file: RangedFile): Promise<ParquetFile> {
  const cache = new ByteCache(file, MAX_CACHED_BYTES);
  const metadata = await readMetadata(file);
  checkSizes(metadata);
  const tree = parquetSchema(metadata);
  const source: AsyncBuffer = {
    byteLength: file.size,
    slice: async (start, end = file.size) => toArrayBuffer(await cache.read(start, end)),
  };
  // Decimals are read as they are stored: the library makes doubles of them.
  const plain = { ...metadata, schema: metadata.schema.map(withoutDecimal) };
  return {
    groups: groupsOf(metadata),
    async rows(from, to) {
      const rows: Record<string, Json>[] = Array.from({ length: to - from }, () => ({}));
      for (const column of tree.children) {
        const { name } = column.element;
        let cells: readonly (readonly unknown[])[] = [];
        await parquetRead({
          file: source,
          metadata: plain,
          columns: [name],
          rowStart: from,
          rowEnd: to,
          compressors: COMPRESSORS,
          parsers: PARSERS,
          utf8: false,
          geoparquet: false,
          useOffsetIndex: true,
          // Rows as lists: an object could not have a field that is called __proto__.
          rowFormat: 'array',
          onComplete: (read: unknown[][]) => {
            cells = read;
          },
        });
        if (cells.length !== rows.length) throw new Error('it has fewer rows than its metadata say');
        for (const [i, [cell]] of cells.entries()) setField(rows[i] ?? {}, name, toJson(cell, column));
      }
      return rows;
    },
  };
}

async function readMetadata(file: RangedFile): Promise<FileMetaData> {
  if (file.size < TAIL_BYTES + MAGIC.length) throw new Error('it is too short');
  const tail = await file.read(file.size - TAIL_BYTES, file.size);
  if (tail.toString('latin1', 4) !== MAGIC) throw new Error('it does not end with PAR1');
  const length = tail.readUInt32LE(0);
  if (length > MAX_METADATA_BYTES || length + TAIL_BYTES > file.size)
    throw new Error(`its metadata have ${length} bytes`);
  const bytes = await file.read(file.size - TAIL_BYTES - length, file.size);
  return parquetMetadata(toArrayBuffer(bytes), { geoparquet: false });
}

function checkSizes({ row_groups: groups, schema }: FileMetaData): void {
  if (schema.length === 0) throw new Error('it has no schema');
  for (const { columns } of groups) {
    for (const { meta_data: column, file_path: path } of columns) {
      if (path !== undefined || !column) throw new Error('its columns are in other files');
      const name = column.path_in_schema.join('.');
      if (Number(column.total_compressed_size) > MAX_COLUMN_BYTES)
        throw new Error(
          `the column ${name} has over ${MAX_COLUMN_BYTES / MB} MB in a row group: write smaller row groups`,
        );
    }
  }
}

function groupsOf({ row_groups: groups }: FileMetaData): readonly RowGroup[] {
  let from = 0;
  return groups.map(({ num_rows: rows, columns, total_byte_size: size }) => {
    const bytes = columns.reduce((sum, { meta_data: data }) => sum + Number(data?.total_compressed_size ?? 0), 0);
    const group = { from, to: from + Number(rows), bytes, unpackedBytes: Math.max(bytes, Number(size)) };
    from = group.to;
    return group;
  });
}

const unpack =
  (decode: (input: Uint8Array, maxBytes: number) => Uint8Array) =>
  (input: Uint8Array, length: number): Uint8Array => {
    if (length > MAX_PAGE_BYTES) throw new Error(`a page has over ${MAX_PAGE_BYTES / MB} MB`);
    return length === 0 ? new Uint8Array() : decode(input, length);
  };

const COMPRESSORS = {
  SNAPPY: unpack((input, length) => {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  }),
  GZIP: unpack((input, maxOutputLength) => gunzipSync(input, { maxOutputLength })),
  BROTLI: unpack((input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength })),
  ZSTD: unpack((input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength })),
};

const text = new TextDecoder();

const PARSERS = {
  timestampFromMilliseconds: (ms: bigint) => toTime(ms, 3),
  timestampFromMicroseconds: (us: bigint) => toTime(us, 6),
  timestampFromNanoseconds: (ns: bigint) => toTime(ns, 9),
  dateFromDays: (days: number) => toTime(BigInt(days) * 86_400_000n, 3).slice(0, -'T00:00:00.000Z'.length),
  jsonFromBytes(bytes: Uint8Array): Json {
    const json = text.decode(bytes);
    try {
      return parseExactJson(json);
    } catch {
      return json;
    }
  },
};

/** Formats a time in units of 10^-`digits` seconds as ISO 8601. Digits beyond milliseconds are written if they are not 0. */
function toTime(value: bigint, digits: number): string {
  const perMs = 10n ** BigInt(digits - 3);
  let ms = value / perMs;
  let rest = value % perMs;
  if (rest < 0n) {
    ms -= 1n;
    rest += perMs;
  }
  const date = new Date(Number(ms));
  if (Number.isNaN(date.getTime())) return String(value);
  const iso = date.toISOString();
  return rest === 0n ? iso : iso.replace('Z', `${String(rest).padStart(digits - 3, '0')}Z`);
}

const isDecimal = ({ converted_type: converted, logical_type: logical }: SchemaElement): boolean =>
  converted === 'DECIMAL' || logical?.type === 'DECIMAL';

function withoutDecimal(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element;
  const { converted_type: _, logical_type: __, ...plain } = element;
  return plain;
}

/** Converts a cell to JSON. Integers and decimals keep all their digits, bytes become base64. */
function toJson(value: unknown, node: SchemaTree | undefined): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint' || typeof value === 'number') {
    if (node && isDecimal(node.element)) return toDecimal(BigInt(value), node.element.scale ?? 0);
    return typeof value === 'bigint' ? parseExactJson(String(value)) : value;
  }
  if (value instanceof Uint8Array) {
    if (node && isDecimal(node.element)) return toDecimal(toInteger(value), node.element.scale ?? 0);
    return Buffer.from(value).toString('base64');
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, elementOf(node)));
  if (typeof value !== 'object') return value as Json;
  const object: Record<string, Json> = {};
  for (const [name, item] of Object.entries(value)) setField(object, name, toJson(item, fieldOf(node, name)));
  return object;
}

/** Sets a field, also one that is called `__proto__`. */
function setField(object: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Returns the schema of a list's elements: two levels below the list, or the repeated field itself. */
function elementOf(node: SchemaTree | undefined): SchemaTree | undefined {
  const [repeated] = node?.children ?? [];
  if (repeated?.element.repetition_type !== 'REPEATED') return node;
  return repeated.children.length === 1 ? repeated.children[0] : repeated;
}

/** Returns the schema of a field of a group, or of a value of a map. */
function fieldOf(node: SchemaTree | undefined, name: string): SchemaTree | undefined {
  const [entry] = node?.children ?? [];
  if (node?.element.converted_type === 'MAP' || node?.element.logical_type?.type === 'MAP') return entry?.children[1];
  return node?.children.find(({ element }) => element.name === name);
}

/** Reads a big-endian integer in two's complement. */
const toInteger = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));

function toDecimal(unscaled: bigint, scale: number): Json {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const at = digits.length - scale;
  const sign = unscaled < 0n ? '-' : '';
  return parseExactJson(`${sign}${digits.slice(0, at)}${scale > 0 ? `.${digits.slice(at)}` : ''}`);
}

const toArrayBuffer = (bytes: Buffer): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
