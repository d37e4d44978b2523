import { createPages } from '../pages.ts';
import type { Batch } from '../source.ts';
import type { Chunk, Found, Scanner } from './scanner.ts';

/**
 * The records of a part of a file, in pages; the last one, which may be empty, says that it is.
 *
 * @param begin where the first page begins
 */
export async function* readPages(
  chunks: AsyncIterable<Chunk>,
  scanner: Scanner,
  { pageSize, begin, signal }: { readonly pageSize: number; readonly begin: number; readonly signal: AbortSignal },
): AsyncGenerator<Batch, void, undefined> {
  const pages = createPages(pageSize);
  let end = begin;
  for await (const found of scanned(chunks, scanner)) {
    for (const { record, end: recordEnd } of found) {
      // Not before there is a record for the next one: the last page has to know that it is the last.
      if (pages.isFull()) {
        yield pages.take(end);
        signal.throwIfAborted();
      }
      pages.add(record, recordEnd - end);
      end = recordEnd;
    }
  }
  yield pages.take(null);
}

async function* scanned(
  chunks: AsyncIterable<Chunk>,
  scanner: Scanner,
): AsyncGenerator<readonly Found[], void, undefined> {
  for await (const chunk of chunks) {
    yield scanner.push(chunk);
    if (scanner.isDone()) return;
  }
  yield scanner.end();
}
