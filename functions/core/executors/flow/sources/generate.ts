import type { GenerateSource } from '../../../domain/flow/flow.ts';
import type { FlowContext } from '../context.ts';
import { createPages, pageRanges, type Range } from '../pages.ts';
import type { Batch, SourceReader } from '../source.ts';
import { recordMaker } from './made-up.ts';

/** A task that is late makes up for so much of it. */
const CATCH_UP_MS = 1_000;

/** The record that comes next, and when: in epoch milliseconds. */
type Place = { readonly at: number; readonly due: number };

/**
 * Records made up. With a rate, each task that reads the source has its share of it: a page comes at once, and the next
 * one when the time of its records is over. So does the end of a split, lest the pages of short ones come all at once:
 * it is a page of its own then, without records.
 */
export function generateReader({ count, rate, shape, seed }: GenerateSource, context: FlowContext): SourceReader {
  const { pageSize, tasks, now } = context;
  const ranges = pageRanges(count, pageSize);
  const recordMs = rate === null ? 0 : (1_000 * Math.min(tasks, ranges.length)) / rate;
  const make = recordMaker(shape, seed);

  function pageAt(at: number, to: number): Omit<Batch, 'next'> {
    const pages = createPages(pageSize);
    for (let index = at; index < to && !pages.isFull(); index++) {
      const value = make(index);
      pages.add({ value }, Buffer.byteLength(JSON.stringify(value)));
    }
    return pages.take(null);
  }
  return {
    staged: false,
    unbounded: false,
    plan: async () => ranges,
    async *read(split, position, signal) {
      const { from, to } = split as Range;
      const begun = (position as Place | null) ?? { at: from, due: now() };
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
