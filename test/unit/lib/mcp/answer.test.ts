import { describe, expect, it } from 'vitest';
import { countFitting, fetchFittingPage, fitAnswer, jsonBytes, omitEmpty } from '../../../../lib/mcp/answer.ts';

describe('fitAnswer', () => {
  it('returns an answer that fits unchanged', () => {
    const answer = { run: { stdout: 'x'.repeat(1_000) } };

    expect(fitAnswer(answer, 2_000)).toBe(answer);
  });

  it.each([
    ['a long text', { text: 'é"\n'.repeat(50_000) }],
    ['a long list', { list: Array.from({ length: 5_000 }, (_, i) => ({ i, name: `job ${i}` })) }],
    [
      'many fields',
      { job: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`field${i}`, 'x'.repeat(40)])) },
    ],
    ['deep nesting', { tree: JSON.parse(`${'{"a":['.repeat(500)}${']}'.repeat(500)}`) }],
    ['half of a surrogate pair at the cut', { text: '😀'.repeat(5_000) }],
  ])('shortens %s to the maximum and says so', (_what, answer) => {
    const fitted = fitAnswer(answer, 2_000);

    expect(jsonBytes(fitted)).toBeLessThanOrEqual(2_000);
    expect(Object.keys(fitted)).toEqual([...Object.keys(answer), 'left_out']);
    expect(fitted.left_out?.at(-1)).toBe('Raise max_bytes (now 2000, at most 200000) to get more');
    expect(JSON.stringify(fitted)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('names what is shortened, after the notes of the tool', () => {
    const answer = {
      list: Array.from({ length: 300 }, (_, i) => i),
      text: 'x'.repeat(9_000),
      left_out: ['older runs'],
    };

    const fitted = fitAnswer(answer, 8_000);

    expect(fitted).toMatchObject({ text: `${'x'.repeat(4_000)}…` });
    expect(fitted.left_out?.slice(0, 3)).toEqual([
      'older runs',
      'list: the first 200 of 300 items',
      'text: the first 4000 of 9000 characters',
    ]);
  });

  it('returns only a note if nothing else fits', () => {
    const fields = Array.from({ length: 500 }, (_, i) => [`field${i}`, 'value']);

    const fitted = fitAnswer(Object.fromEntries(fields), 2_000);

    expect(fitted).toEqual({ left_out: [expect.stringContaining('does not fit into 2000 bytes')] });
  });
});

describe('countFitting', () => {
  it('returns at least one item', () => {
    expect(countFitting(['x'.repeat(10_000)], 2_000)).toBe(1);
    expect(countFitting([], 2_000)).toBe(0);
  });
});

describe('fetchFittingPage', () => {
  it('repeats the request with the number of items that fit, so that the cursor follows the last one', async () => {
    const requests: number[] = [];
    const fetchPage = async (limit: number) => {
      requests.push(limit);
      return { ids: Array.from({ length: limit }, (_, i) => i), cursor: limit };
    };

    const { page, items } = await fetchFittingPage(100, 2_000, fetchPage, ({ ids }) => ids.map(() => 'x'.repeat(97)));

    expect(requests).toEqual([100, 13]);
    expect({ shown: items.length, cursor: page.cursor }).toEqual({ shown: 13, cursor: 13 });
  });
});

describe('omitEmpty', () => {
  it('keeps zero and false', () => {
    expect(omitEmpty({ a: 0, b: false, c: null, d: '', e: [], f: undefined })).toEqual({ a: 0, b: false });
  });
});
