import type { Position } from '../../domain/flow/plan.ts';
import type { SourceBatch, SourceRecord } from './source-reader.ts';

/**
 * Bytes of records that a page ends behind, were it shorter than the flow's page size: a page of the largest records
 * would not fit in memory, where `[],[]` takes thirteen times as much as in text. As it is of the records alone, the
 * same pages come of the same records.
 */
export const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/** Splits of a source that can be cut anywhere: one for each task there may be. */
const MAX_SPLITS = 64;

/** Records gathered to pages. */
export interface PageBuilder {
  isFull(): boolean;
  add(record: SourceRecord, bytes: number): void;
  /** The page, however full it is; the next record begins another one. */
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

/** Numbers from `from` up to, and without, `to`. */
export type IndexRange = { readonly from: number; readonly to: number };

/** Cuts the numbers below `count` into ranges of whole pages, as even as it goes. */
export function pageRanges(count: number, pageSize: number): readonly IndexRange[] {
  const pages = Math.ceil(count / pageSize);
  const splits = Math.min(pages, MAX_SPLITS);
  const begin = (split: number) => Math.min(count, Math.floor((split * pages) / splits) * pageSize);
  return Array.from({ length: splits }, (_, split) => ({ from: begin(split), to: begin(split + 1) }));
}
