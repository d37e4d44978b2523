import type { ObjectInfo } from '../../../platform/objects.ts';
import { type EncodedFile, ParquetDecoder, type ParquetDecoderOptions } from '../formats/parquet/parquet-decoder.ts';
import { createPageBuilder } from '../page-builder.ts';
import type { SourceBatch, SourceRecord } from '../source-reader.ts';
import type { ByteRange } from './object-ranges.ts';

/** Target size of the rows that are decoded at once, unpacked. */
const BATCH_BYTES = 8 * 1024 * 1024;
const MAX_BATCH_ROWS = 10_000;

/** Streams a range of an object. */
export type ReadRange = (object: ObjectInfo, from: number, to: number, signal: AbortSignal) => AsyncIterable<Buffer>;

/** Reads objects in Parquet. Ranges and positions are numbers of rows. */
export interface ParquetReader {
  /** Divides an object into ranges of whole row groups, each of about `partBytes` or of one larger row group. */
  plan(object: ObjectInfo, partBytes: number, signal: AbortSignal): Promise<readonly ByteRange[]>;
  /**
   * Reads rows in pages, up to the row before `to` or the end of the object. The last page has `next: null`.
   *
   * @param from first row of the first page
   */
  read(object: ObjectInfo, from: number, to: number, signal: AbortSignal): AsyncGenerator<SourceBatch, void, undefined>;
  close(): Promise<void>;
}

/** @param pageSize maximum number of records in a page */
export function createParquetReader(
  pageSize: number,
  read: ReadRange,
  options: ParquetDecoderOptions = {},
): ParquetReader {
  const decoder = new ParquetDecoder(options);

  const fileOf = (object: ObjectInfo, signal: AbortSignal): EncodedFile => ({
    name: object.key,
    size: object.size,
    read: (from, to) => read(object, from, to, signal),
  });

  /** Decodes rows in batches within their row groups. The size of a record is the mean of its row group. */
  async function* recordsOf(file: EncodedFile, from: number, to: number, signal: AbortSignal) {
    for (const group of await decoder.groups(file, signal)) {
      const [begin, end] = [Math.max(from, group.from), Math.min(to, group.to)];
      if (begin >= end) continue;
      const rowBytes = Math.max(1, group.unpackedBytes / (group.to - group.from));
      const batch = Math.min(MAX_BATCH_ROWS, Math.max(1, Math.floor(BATCH_BYTES / rowBytes)));
      for (let at = begin; at < end; at += batch) {
        const records = await decoder.rows(file, at, Math.min(at + batch, end), signal);
        for (const record of records) yield { record, bytes: Math.ceil(rowBytes) };
      }
    }
  }

  return {
    async plan(object, partBytes, signal) {
      const ranges: ByteRange[] = [];
      let bytes = 0;
      for (const group of await decoder.groups(fileOf(object, signal), signal)) {
        const last = ranges.at(-1);
        const isAdded = last !== undefined && bytes + group.bytes <= partBytes;
        bytes = isAdded ? bytes + group.bytes : group.bytes;
        if (isAdded) ranges[ranges.length - 1] = { from: last.from, to: group.to };
        else ranges.push({ from: group.from, to: group.to });
      }
      return ranges.filter(({ from, to }) => to > from);
    },
    async *read(object, from, to, signal) {
      const pages = createPageBuilder(pageSize);
      let row = from;
      const rows: AsyncIterable<{ readonly record: SourceRecord; readonly bytes: number }> = recordsOf(
        fileOf(object, signal),
        from,
        to,
        signal,
      );
      for await (const { record, bytes } of rows) {
        // A page is yielded only when another record follows, so that the last page has `next: null`.
        if (pages.isFull()) {
          yield pages.build(row);
          signal.throwIfAborted();
        }
        pages.add(record, bytes);
        row++;
      }
      yield pages.build(null);
    },
    close: () => decoder.close(),
  };
}
