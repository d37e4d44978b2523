import type { GenerateSource } from '../../../domain/flow/flow.ts';
import type { FlowContext } from '../flow-context.ts';
import { createPageBuilder, type IndexRange, pageRanges } from '../page-builder.ts';
import type { SourceBatch, SourceReader } from '../source-reader.ts';
import { recordGenerator } from './record-generator.ts';

/** A task that is late makes up for so much of it. */
const CATCH_UP_MS = 1_000;

/** The record that comes next, and when: in epoch milliseconds. */
type GeneratePosition = { readonly at: number; readonly due: number };

/**
 * Records made up. With a rate, each task that reads the source has its share of it: a page comes at once, and the next
 * one when the time of its records is over. So does the end of a split, lest the pages of short ones come all at once:
 * it is a page of its own then, without records.
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
      const begun = (position as GeneratePosition | null) ?? { at: from, due: now() };
      // However the clock was set meanwhile: no page is further away than a page's time.
      let place = { ...begun, due: Math.min(begun.due, now() + pageSize * recordMs) };
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
