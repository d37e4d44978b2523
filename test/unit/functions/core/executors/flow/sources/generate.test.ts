import { describe, expect, it } from 'vitest';
import type { GenerateSource } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import { createGenerateReader } from '../../../../../../../functions/core/executors/flow/sources/generate.ts';
import {
  planSplits,
  readAllSplits,
  sourceContext,
  valuesOf,
} from '../../../../../../helpers/builders/source-context.ts';

const aSource = (given: Partial<GenerateSource> = {}): GenerateSource => {
  return { type: 'generate', count: 10, rate: null, shape: null, seed: 1, ...given };
};
const generated = async (given: Partial<GenerateSource>) =>
  valuesOf(await readAllSplits(createGenerateReader(aSource(given), sourceContext({ pageSize: 100 }))));

describe('generated records', () => {
  it('have an id from 1, a message and a value by default', async () => {
    const records = await generated({ count: 3, seed: 7 });

    // Literal values: other machines and later versions must generate the same records.
    expect(records).toEqual([
      { id: 1, message: 'lantern', value: 465.87 },
      { id: 2, message: 'river', value: 2.89 },
      { id: 3, message: 'willow', value: 990.07 },
    ]);
  });

  it('have the given shape at any depth and keep text that is not a template', async () => {
    const [first, second] = await generated({
      count: 2,
      shape: {
        n: '{{index}}',
        flags: ['{{bool}}', { word: '{{word}}', at: '{{time}}' }],
        ids: { uuid: '{{uuid}}', int: '{{int}}', float: '{{float}}' },
        kept: [null, 1, true, 'text {{int}}', '{{other}}'],
      },
    });

    const number: unknown = expect.any(Number);
    expect(first).toEqual({
      n: 0,
      flags: [expect.any(Boolean), { word: expect.stringMatching(/^[a-z]+$/), at: '2024-01-01T00:00:00.000Z' }],
      ids: {
        uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        int: number,
        float: number,
      },
      kept: [null, 1, true, 'text {{int}}', '{{other}}'],
    });
    expect(second).toMatchObject({ n: 1, flags: [expect.any(Boolean), { at: '2024-01-01T00:00:01.000Z' }] });
  });

  it('differ by index, by field and by seed', async () => {
    const shape = { a: '{{uuid}}', b: '{{uuid}}' };
    const some = (await generated({ count: 500, shape, seed: 1 })) as { a: string; b: string }[];
    const others = (await generated({ count: 500, shape, seed: 2 })) as { a: string; b: string }[];

    expect(new Set([...some, ...others].flatMap(({ a, b }) => [a, b])).size).toBe(2_000);
  });

  it('have evenly distributed values', async () => {
    const values = (await generated({ count: 10_000, shape: { int: '{{int}}', bool: '{{bool}}' } })) as {
      int: number;
      bool: boolean;
    }[];

    const tenths = Array.from({ length: 10 }, (_, tenth) => {
      return values.filter(({ int }) => Math.floor(int / 100_000) === tenth).length;
    });
    // 5 standard deviations of the expected 1,000.
    expect(tenths.every((count) => Math.abs(count - 1_000) < 150)).toBe(true);
    expect(Math.abs(values.filter(({ bool }) => bool).length - 5_000)).toBeLessThan(250);
  });

  it('have the same values from any position and in any split', async () => {
    const reader = createGenerateReader(aSource({ count: 1_000 }), sourceContext({ pageSize: 7 }));

    const straight = await readAllSplits(reader);
    const resumed = await readAllSplits(reader, () => true);

    expect(await planSplits(reader)).toHaveLength(64);
    expect(valuesOf(resumed)).toEqual(valuesOf(straight));
    expect(valuesOf(straight)).toEqual(await generated({ count: 1_000 }));
  });
});

const START = Date.parse('2026-03-02T12:00:00.000Z');

/** Reads like an engine with this clock, and waits as long as requested. */
function engine(given: Partial<GenerateSource>, { tasks = 1, pageSize = 10 } = {}) {
  let now = START;
  const reader = createGenerateReader(aSource(given), sourceContext({ pageSize, tasks, now: () => now }));
  const pages: { readonly second: number; readonly records: number }[] = [];
  return {
    reader,
    pages,
    pass: (ms: number) => {
      now += ms;
    },
    /** Reads one slice of at most `budgetMs`. Returns the position reached, or `null` at the end. */
    slice: async (split: Json, from: Json, budgetMs = Number.POSITIVE_INFINITY): Promise<Json> => {
      const until = now + budgetMs;
      let position = from;
      for await (const reading of reader.read(split, position, new AbortController().signal)) {
        if ('waitMs' in reading) {
          now += reading.waitMs;
        } else {
          if (reading.records.length > 0)
            pages.push({ second: (now - START) / 1_000, records: reading.records.length });
          position = reading.next;
          if (position === null) return null;
        }
        if (now >= until) break;
      }
      return JSON.parse(JSON.stringify(position)) as Json;
    },
  };
}

describe('the rate', () => {
  it('delays a page until the time of the pages before it is over', async () => {
    const { reader, pages, slice } = engine({ count: 35, rate: 5 });

    for (const split of await planSplits(reader)) await slice(split, null);

    expect(pages).toEqual([
      { second: 0, records: 10 },
      { second: 2, records: 10 },
      { second: 4, records: 10 },
      { second: 6, records: 5 },
    ]);
  });

  it('applies to all tasks that can read the source together', async () => {
    const { reader, pages, slice } = engine({ count: 40, rate: 40 }, { tasks: 2 });

    const [first = null] = await planSplits(reader);
    await slice(first, null);
    await slice((await planSplits(reader))[1] ?? null, null);

    expect(pages.map(({ second }) => second)).toEqual([0, 0.5]);
  });

  it('ignores tasks that have no split', async () => {
    const { reader, pages, slice } = engine({ count: 20, rate: 10 }, { tasks: 64 });

    for (const split of await planSplits(reader)) await slice(split, null);

    expect(pages.map(({ second }) => second)).toEqual([0, 2]);
  });

  it('holds over slices that end between pages or during a wait', async () => {
    const { pages, slice } = engine({ count: 640, rate: 5 });
    const split = { from: 0, to: 60 };

    let position: Json = null;
    do position = await slice(split, position, 1_500);
    while (position !== null);

    expect(pages.map(({ second }) => second)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('lets a delayed task catch up by at most one second', async () => {
    const { pages, pass, slice } = engine({ count: 640, rate: 20 });
    const split = { from: 0, to: 60 };

    const position = await slice(split, null, 0);
    pass(3_600_000);
    await slice(split, position);

    const behind = pages.slice(1).map(({ second }) => second - 3_600);
    expect(behind).toEqual([0, 0, 0, 0.5, 1]);
  });

  it('survives a clock that was set back', async () => {
    const { pages, pass, slice } = engine({ count: 640, rate: 5 });
    const split = { from: 0, to: 20 };

    const position = await slice(split, null, 0);
    pass(-3_600_000);
    await slice(split, position);

    expect(pages.map(({ second }) => second)).toEqual([0, -3_598]);
  });

  it('may be high', async () => {
    const { reader, pages, slice } = engine({ count: 100_000, rate: 1_000_000 }, { pageSize: 100 });

    for (const split of await planSplits(reader)) await slice(split, null);

    expect(pages.reduce((sum, { records }) => sum + records, 0)).toBe(100_000);
  });
});
