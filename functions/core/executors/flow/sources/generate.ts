import type { GenerateSource } from '../../../domain/flow/source.ts';
import type { FlowContext } from '../flow-context.ts';
import { createPageBuilder, type IndexRange, pageRanges } from '../page-builder.ts';
import type { SourceBatch, SourceReader } from '../source-reader.ts';
import { recordGenerator } from './record-generator.ts';

/** Maximum delay, in milliseconds, that a late task catches up. */
const CATCH_UP_MS = 1_000;

/** Index of the next record and its due time in epoch milliseconds. */
type GeneratePosition = { readonly at: number; readonly due: number };

/**
 * Creates a reader of synthetic records. With a rate, the tasks that read the source share it: a page is returned
 * immediately, and the next one after the time its records represent. The end of a split waits likewise, as an empty
 * page, so that short splits do not return all pages at once.
 */
export function createGenerateReader({ count, rate, shape, seed }: GenerateSource, context: FlowContext): SourceReader {
  const { pageSize, tasks, now } = context;
  const ranges = pageRanges(count, pageSize);
  const recordMs = rate === null ? 0 : (1_000 * Math.min(tasks, ranges.length)) / rate;
  const make = recordGenerator(shape, seed);

  function pageAt(at: number, to: number): Omit<SourceBatch, 'next'> {
    const pages = createPageBuilder(pageSize);
    for (let index = at; index < to && !pages.isFull(); index++) {
      const value = make(index);
      pages.add({ value }, Buffer.byteLength(JSON.stringify(value)));
    }
    return pages.build(null);
  }
  return {
    staged: false,
    unbounded: false,
    plan: async () => ranges,
    async *read(split, position, signal) {
      const { from, to } = split as IndexRange;
      const start = (position as GeneratePosition | null) ?? { at: from, due: now() };
      // Limits the wait to the time of one page, in case the clock was changed.
      let place = { ...start, due: Math.min(start.due, now() + pageSize * recordMs) };
      for (;;) {
        for (let waitMs = place.due - now(); waitMs > 0; waitMs = place.due - now()) {
          yield { waitMs: Math.ceil(waitMs) };
          signal.throwIfAborted();
        }
        const page = pageAt(place.at, to);
        const { length } = page.records;
        place = { at: place.at + length, due: Math.max(place.due, now() - CATCH_UP_MS) + length * recordMs };
        const isLast = place.at === to && place.due <= now();
        yield { ...page, next: isLast ? null : place };
        if (isLast) return;
        signal.throwIfAborted();
      }
    },
  };
}
