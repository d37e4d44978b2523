import { addAbortSignal } from 'node:stream';
import type { ObjectDelta } from '../../../domain/flow/object-delta.ts';
import type { S3Source } from '../../../domain/flow/source.ts';
import type { Json } from '../../../domain/json.ts';
import { toTenantText } from '../../../domain/service-error-text.ts';
import { ObjectChanged, type ObjectInfo } from '../../../platform/objects.ts';
import { tenantFolder } from '../../../store/keys.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { stripByteOrderMark } from '../formats/byte-order-mark.ts';
import { type CsvHeader, type CsvScanner, charactersOf, createCsvScanner, suspectDelimiter } from '../formats/csv.ts';
import { decodeText } from '../formats/decode-text.ts';
import { createJsonScanner } from '../formats/json.ts';
import { createNdjsonScanner } from '../formats/ndjson.ts';
import type { ParquetDecoderOptions } from '../formats/parquet/parquet-decoder.ts';
import { readPages } from '../formats/read-pages.ts';
import { detectPacking, skipToOffset, unpackChunks } from '../formats/unpack.ts';
import type { SourceReader } from '../source-reader.ts';
import { type ByteRange, splitAtRows, splitEvenly } from './object-ranges.ts';
import type { ParquetReader, ReadRange } from './parquet.ts';
import { readObject } from './read-object.ts';

const MB = 1024 * 1024;
const SPLIT_BYTES = 8 * MB;
/** Maximum bytes of CSV that a plan scans for row starts, which takes seconds. Further objects are not split. */
const MAX_SCANNED_BYTES = 2 * 1024 * MB;
/** Objects that a slice logs. More lines would displace everything else in the log. */
const MAX_LOGGED_OBJECTS = 50;
const MAX_OBJECTS = 10_000;
/** Maximum splits in addition to one per object; splits grow beyond `SPLIT_BYTES` to stay below it. */
const MAX_SPLITS = 10_000;

/** A split of an object in a plan, in bytes; of Parquet, in rows. `key` is relative to the tenant's folder. */
type ObjectSplit = ByteRange & ObjectInfo;

/** Offset of a page in the object, or in the converted bytes of a packed object or of one in another encoding. */
type ObjectPosition = number | { readonly unpacked: number };

/**
 * Creates a reader of the objects in the tenant's folder, in key order. Large objects are split: NDJSON at any byte (a
 * split contains the lines that begin in it), CSV at row starts, Parquet at row groups; JSON, packed objects and those
 * that are not in UTF-8 are never split. A position is the offset of a page; for the latter two `{ unpacked }`, the offset
 * in the converted bytes; of Parquet, the number of the row.
 *
 * @param partBytes target size of a split
 * @param parquet limits of the process that decodes Parquet
 */
export function createS3Reader(
  source: S3Source & { readonly id: string },
  context: FlowContext,
  partBytes = SPLIT_BYTES,
  parquet: ParquetDecoderOptions = {},
): SourceReader {
  const { id, prefix, delta, format, records, compression, delimiter, csv: dialect } = source;
  const { objects, pageSize, log } = context;
  const { tenant } = context.run;
  const folder = tenantFolder(tenant);
  const options = { ...(delimiter !== undefined && { delimiter }), ...dialect };
  let opened = 0;
  let parquetReader: ParquetReader | undefined;

  const readRange: ReadRange = (object, from, to, signal) => {
    const stored = { ...object, key: folder + object.key };
    const read = async function* () {
      yield* addAbortSignal(signal, await objects.read(stored, from, signal, to)) as AsyncIterable<Buffer>;
    };
    return withFailures(read(), object.key, signal);
  };

  /** Opens the reader of Parquet. Few flows need it, so its code is loaded on demand. */
  async function openParquet(): Promise<ParquetReader> {
    const { createParquetReader } = await import('./parquet.ts');
    parquetReader ??= createParquetReader(pageSize, readRange, parquet);
    return parquetReader;
  }

  /** Streams the stored bytes of an object. */
  const readStored = (object: ObjectInfo, from: number, signal: AbortSignal) =>
    withFailures(readObject(objects, { ...object, key: folder + object.key }, from, signal), object.key, signal);

  /**
   * Opens an object at its beginning, unpacked and without a byte order mark. The caller reads to the end or calls
   * `close`.
   */
  async function openObject(object: ObjectInfo, signal: AbortSignal) {
    const stored = readStored(object, 0, signal);
    const { packing, chunks } = await detectPacking(stored, object.key, compression);
    const unpacked = packing ? unpackChunks(packing, chunks, object.key) : chunks;
    const text = await decodeText(unpacked, object.key, options.encoding);
    const isConverted = packing !== undefined || text.isConverted;
    return { isConverted, chunks: stripByteOrderMark(text.chunks), close: () => stored.return() };
  }

  /** Splits an object that is larger than the target size. */
  async function splitObject(
    object: ObjectInfo,
    maxBytes: number,
    scanBudget: number,
    signal: AbortSignal,
  ): Promise<readonly ByteRange[]> {
    const { size } = object;
    if (format === 'parquet') return (await openParquet()).plan(object, maxBytes, signal);
    const whole = [{ from: 0, to: size }];
    if (format === 'json' || (format === 'csv' && size > scanBudget)) return whole;
    const { isConverted, chunks, close } = await openObject(object, signal);
    if (!isConverted && format === 'csv') return splitAtRows(chunks, size, maxBytes, charactersOf(options));
    await close();
    return isConverted ? whole : splitEvenly(size, maxBytes);
  }

  /** Lists the objects with a prefix behind a key. Keys are relative to the tenant's folder. */
  async function* listPages(
    signal: AbortSignal,
    prefix: string,
    after?: string,
  ): AsyncGenerator<readonly ObjectInfo[], void, undefined> {
    const pages = objects.list(folder + prefix, after === undefined ? undefined : folder + after);
    for await (const page of withFailures(pages, `${prefix}*`, signal)) {
      signal.throwIfAborted();
      yield page.map((object) => ({ ...object, key: object.key.slice(folder.length) }));
    }
  }

  /** The range of an object that is not split. The number of its rows is unknown without reading it. */
  const wholeOf = ({ size }: ObjectInfo): ByteRange => ({
    from: 0,
    to: format === 'parquet' ? Number.MAX_SAFE_INTEGER : size,
  });

  async function list(signal: AbortSignal): Promise<readonly ObjectInfo[]> {
    const all: ObjectInfo[] = [];
    for await (const page of listPages(signal, prefix)) {
      all.push(...page.filter(({ size }) => size > 0));
      if (all.length <= MAX_OBJECTS) continue;
      const message = `s3: more than ${MAX_OBJECTS} objects begin with '${prefix}': use a longer prefix`;
      throw new FlowFailure(message, { permanent: true });
    }
    return all;
  }

  async function planUnread(delta: ObjectDelta, signal: AbortSignal) {
    const { listUnread } = await import('./list-unread.ts');
    const list = (prefix: string, after: string | undefined) => listPages(signal, prefix, after);
    return listUnread({ ...source, delta }, context, list, { maxUnread: MAX_OBJECTS });
  }

  async function readHeader(object: ObjectInfo, signal: AbortSignal): Promise<CsvHeader> {
    const scanner = createCsvScanner({ name: object.key, begin: 0, to: Number.MAX_SAFE_INTEGER, options });
    for await (const chunk of (await openObject(object, signal)).chunks) {
      scanner.push(chunk);
      const header = scanner.header();
      if (header) return header;
    }
    // A split after the header implies a header with a line end.
    throw new FlowFailure(`s3: ${object.key} has no header`, { permanent: true });
  }

  /** Logs a warning if the header suggests another delimiter. */
  function withDelimiterWarning(scanner: CsvScanner, name: string): CsvScanner {
    let isChecked = false;
    const check = <Result>(result: Result): Result => {
      const header = isChecked ? undefined : scanner.header();
      const suspected = header && suspectDelimiter(header);
      isChecked ||= header !== undefined;
      if (suspected === undefined) return result;
      const shown = JSON.stringify(suspected);
      const message = `the header of ${name} is one column, which holds ${shown}: "delimiter": ${shown} would separate it`;
      log('warn', id, message, { object: name });
      return result;
    };
    return { ...scanner, push: (chunk) => check(scanner.push(chunk)), end: () => check(scanner.end()) };
  }

  return {
    staged: false,
    unbounded: false,
    async plan(signal) {
      const unread = delta && (await planUnread(delta, signal));
      const all = unread?.objects ?? (await list(signal));
      const maxBytes = Math.max(partBytes, Math.ceil(all.reduce((sum, { size }) => sum + size, 0) / MAX_SPLITS));
      let scanBudget = MAX_SCANNED_BYTES;
      const plan: ObjectSplit[] = [];
      for (const object of all) {
        const { size } = object;
        const parts = size > maxBytes ? await splitObject(object, maxBytes, scanBudget, signal) : [wholeOf(object)];
        if (parts.length > 1) scanBudget -= size;
        plan.push(...parts.map((part) => ({ ...object, ...part })));
      }
      const [first, ...rest] = plan;
      return (unread && first ? [{ ...first, delta: unread.delta }, ...rest] : plan) as unknown as readonly Json[];
    },
    async *read(split, position, signal) {
      const part = split as unknown as ObjectSplit;
      const { key: name } = part;
      const isLogged = opened++ < MAX_LOGGED_OBJECTS;
      const start = (position as ObjectPosition | null) ?? part.from;
      const offset = typeof start === 'number' ? start : start.unpacked;
      if (isLogged) log('info', id, `opened ${name}`, { object: name, from: offset, to: part.to });
      if (format === 'parquet') {
        yield* (await openParquet()).read(part, offset, part.to, signal);
        return;
      }
      // The byte before the split shows whether a line begins at the split's first byte.
      const midLine = format === 'ndjson' && position === null && offset > 0;
      const from = midLine ? offset - 1 : offset;
      const header = format === 'csv' && from > 0 ? await readHeader(part, signal) : undefined;
      // The beginning of an object, or the position of a page, shows whether the object is converted.
      const contents = offset === 0 || typeof start === 'object' ? await openObject(part, signal) : undefined;
      const isConverted = contents?.isConverted ?? false;
      const to = isConverted ? Number.MAX_SAFE_INTEGER : part.to;
      const csv = () => createCsvScanner({ name, begin: from, to, options, ...(header && { header }) });
      const scanner = {
        ndjson: () => createNdjsonScanner({ name, begin: from, to, midLine }),
        csv: () => (isLogged && from === 0 ? withDelimiterWarning(csv(), name) : csv()),
        json: () => createJsonScanner({ name, begin: from, path: records }),
      }[format]();
      const chunks = contents ? skipToOffset(contents.chunks, from) : readStored(part, from, signal);
      for await (const page of readPages(chunks, scanner, { pageSize, begin: offset, signal })) {
        yield isConverted && page.next !== null ? { ...page, next: { unpacked: page.next } } : page;
      }
    },
    close: async () => parquetReader?.close(),
  };
}

/** Passes items through and converts errors to `FlowFailure`. */
async function* withFailures<Item>(
  items: AsyncIterable<Item>,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ObjectChanged) {
      const message = `s3: ${name} was changed or removed since the run was planned: start the run again`;
      throw new FlowFailure(message, { permanent: true, cause: error });
    }
    throw new FlowFailure(`s3: ${name} cannot be read: ${toTenantText(error)}`, { permanent: false, cause: error });
  }
}
