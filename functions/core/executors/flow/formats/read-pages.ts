import { createPageBuilder } from '../page-builder.ts';
import type { SourceBatch } from '../source-reader.ts';
import type { Chunk, ScannedRecord, Scanner } from './scanner.ts';

/**
 * Reads the records of a byte range in pages. The last page, which may be empty, has `next: null`.
 *
 * @param begin offset of the first page
 */
export async function* readPages(
  chunks: AsyncIterable<Chunk>,
  scanner: Scanner,
  { pageSize, begin, signal }: { readonly pageSize: number; readonly begin: number; readonly signal: AbortSignal },
): AsyncGenerator<SourceBatch, void, undefined> {
  const pages = createPageBuilder(pageSize);
  let end = begin;
  for await (const found of scanChunks(chunks, scanner)) {
    for (const { record, end: recordEnd } of found) {
      // A page is yielded only when another record follows, so that the last page has `next: null`.
      if (pages.isFull()) {
        yield pages.build(end);
        signal.throwIfAborted();
      }
      pages.add(record, recordEnd - end);
      end = recordEnd;
    }
  }
  yield pages.build(null);
}

async function* scanChunks(
  chunks: AsyncIterable<Chunk>,
  scanner: Scanner,
): AsyncGenerator<readonly ScannedRecord[], void, undefined> {
  for await (const chunk of chunks) {
    yield scanner.push(chunk);
    if (scanner.isDone()) return;
  }
  yield scanner.end();
}
