import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import { createInlineReader } from '../../../../../../../functions/core/executors/flow/sources/inline.ts';
import {
  planSplits,
  readAllSplits,
  readSplit,
  recordsOf,
  sourceContext,
  valuesOf,
} from '../../../../../../helpers/builders/source-context.ts';

const inline = (records: readonly Json[], pageSize: number) =>
  createInlineReader({ type: 'inline', records }, sourceContext({ pageSize }));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('createInlineReader', () => {
  it('yields its records in pages, each once and in order', async () => {
    const batches = await readAllSplits(inline(numbers(7), 3));

    expect(batches.map(({ records }) => records.length)).toEqual([3, 3, 1]);
    expect(valuesOf(batches)).toEqual(numbers(7));
    expect(batches.map(({ bytes }) => bytes)).toEqual([3, 3, 1]);
  });

  it('plans splits of whole pages, at most one per page', async () => {
    expect(await planSplits(inline(numbers(5), 2))).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(await planSplits(inline([], 2))).toEqual([]);
  });

  it('plans at most 64 splits, as even as possible', async () => {
    const splits = (await planSplits(inline(numbers(1_001), 5))) as { from: number; to: number }[];

    expect(splits).toHaveLength(64);
    const pages = splits.map(({ from, to }) => Math.ceil((to - from) / 5));
    expect(new Set(pages)).toEqual(new Set([3, 4]));
    expect(splits.every(({ from }) => from % 5 === 0)).toBe(true);
  });

  it('resumes at a position', async () => {
    const batches = await readSplit(inline(numbers(10), 10), { from: 0, to: 10 }, { from: 4 });

    expect(valuesOf(batches)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it('ends a page early at 2 MB', async () => {
    const large = 'x'.repeat(800 * 1024);

    const batches = await readAllSplits(inline([large, large, large, large, 'small'], 5), () => true);

    expect(batches.map(({ records }) => records.length)).toEqual([3, 2]);
    expect(recordsOf(batches)).toHaveLength(5);
  });

  it('yields nothing after an abort', async () => {
    const stop = new Error('stopped');

    const readings = inline(numbers(5), 2).read({ from: 0, to: 5 }, null, AbortSignal.abort(stop));

    await expect(readings.next()).rejects.toBe(stop);
  });
});
