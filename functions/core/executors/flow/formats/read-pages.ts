import { createPageBuilder } from '../page-builder.ts';
import type { SourceBatch } from '../source-reader.ts';
import type { Chunk, ScannedRecord, Scanner } from './scanner.ts';

/**
 * The records of a part of a file, in pages; the last one, which may be empty, says that it is.
 *
 * @param begin where the first page begins
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
      // Not before there is a record for the next one: the last page has to know that it is the last.
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
