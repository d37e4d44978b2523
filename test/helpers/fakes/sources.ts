import type { SourceReader, SourceRecord } from '../../../functions/core/executors/flow/source-reader.ts';

/** A replayable source: `splits` splits of `perSplit` consecutive numbers. */
export function replayableSource(splits: number, perSplit: number, pageSize = 10): SourceReader {
  return {
    staged: false,
    unbounded: false,
    plan: async () => Array.from({ length: splits }, (_, split) => split * perSplit),
    async *read(first, from) {
      const [begin, end] = [(from as number | null) ?? (first as number), (first as number) + perSplit];
      for (let at = begin; at < end; at += pageSize) {
        const next = Math.min(at + pageSize, end);
        const records = Array.from({ length: next - at }, (_, i): SourceRecord => ({ value: at + i }));
        yield { records, bytes: records.length, next: next < end ? next : null };
      }
    },
  };
}

/** A source with one split that cannot be replayed: every record holds the number of the read that returned it. */
export function nonReplayableSource(pages: number, perPage: number): SourceReader & { readonly readings: number } {
  let readings = 0;
  return {
    staged: true,
    unbounded: false,
    get readings() {
      return readings;
    },
    plan: async () => [null],
    async *read(_, from) {
      for (let page = (from as number | null) ?? 0; page < pages; page++) {
        const reading = ++readings;
        const records = Array.from({ length: perPage }, (_, i): SourceRecord => {
          return { value: { number: page * perPage + i, reading } };
        });
        yield { records, bytes: perPage, next: page + 1 < pages ? page + 1 : null };
      }
    },
  };
}
