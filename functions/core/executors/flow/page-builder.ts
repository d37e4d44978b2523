import type { Position } from '../../domain/flow/position.ts';
import type { SourceBatch, SourceRecord } from './source-reader.ts';

/**
 * Bytes after which a page ends although it has fewer records than the page size. A page of the largest records would
 * not fit in memory: `[],[]` takes thirteen times its text. The limit depends on the records alone, so the same records
 * always form the same pages.
 */
export const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/** Maximum splits of a source that can be split anywhere: the maximum number of tasks. */
const MAX_SPLITS = 64;

/** Collects records into a page. */
export interface PageBuilder {
  isFull(): boolean;
  add(record: SourceRecord, bytes: number): void;
  /** Returns the collected page and starts a new one. */
  build(next: Position | null): SourceBatch;
}

export function createPageBuilder(pageSize: number): PageBuilder {
  let records: SourceRecord[] = [];
  let bytes = 0;
  return {
    isFull: () => records.length >= pageSize || bytes >= MAX_PAGE_BYTES,
    add(record, size) {
      records.push(record);
      bytes += size;
    },
    build(next) {
      const page = { records, bytes, next };
      records = [];
      bytes = 0;
      return page;
    },
  };
}

/** Integers from `from` (inclusive) to `to` (exclusive). */
export type IndexRange = { readonly from: number; readonly to: number };

/** Divides the integers below `count` into ranges of whole pages, as evenly as possible. */
export function pageRanges(count: number, pageSize: number): readonly IndexRange[] {
  const pages = Math.ceil(count / pageSize);
  const splits = Math.min(pages, MAX_SPLITS);
  const begin = (split: number) => Math.min(count, Math.floor((split * pages) / splits) * pageSize);
  return Array.from({ length: splits }, (_, split) => ({ from: begin(split), to: begin(split + 1) }));
}
