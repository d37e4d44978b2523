import type { InlineSource } from '../../../domain/flow/source.ts';
import type { FlowContext } from '../flow-context.ts';
import { createPageBuilder, type IndexRange, pageRanges } from '../page-builder.ts';
import type { SourceReader } from '../source-reader.ts';

/** Creates a reader of the records in the flow's definition. A position is a record index. */
export function createInlineReader({ records }: InlineSource, { pageSize }: FlowContext): SourceReader {
  return {
    staged: false,
    unbounded: false,
    plan: async () => pageRanges(records.length, pageSize),
    async *read(split, position, signal) {
      const { from, to } = split as IndexRange;
      const pages = createPageBuilder(pageSize);
      for (let index = (position as number | null) ?? from; index < to; index++) {
        const value = records[index] ?? null;
        pages.add({ value }, Buffer.byteLength(JSON.stringify(value)));
        if (!pages.isFull() || index + 1 === to) continue;
        signal.throwIfAborted();
        yield pages.build(index + 1);
      }
      yield pages.build(null);
    },
  };
}
