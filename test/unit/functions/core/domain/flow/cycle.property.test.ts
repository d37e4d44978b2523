import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToSequence, type CycleMark } from '../../../../../../functions/core/domain/flow/cycle.ts';

/**
 * Returns the length of the cycle and the number of elements read to find it, or `undefined` if none is found among
 * `most` elements.
 */
function search(elementAt: (index: number) => string, most: number) {
  let mark: CycleMark | null = null;
  for (let index = 0; index < most; index++) {
    // Stored as JSON between elements, as a task commits it.
    const stored = JSON.parse(JSON.stringify(mark)) as CycleMark | null;
    const next = addToSequence(stored, elementAt(index));
    if ('cycle' in next) return { cycle: next.cycle, after: index };
    mark = next;
  }
  return undefined;
}

describe('addToSequence', () => {
  it('finds any cycle with its length, within three times the elements before the first repetition', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 200 }), (tail, length) => {
        const elementAt = (index: number) => String(index < tail ? index : tail + ((index - tail) % length));

        const found = search(elementAt, 3_000);

        expect(found?.cycle).toBe(length);
        expect(found?.after).toBeLessThanOrEqual(3 * (tail + length));
      }),
    );
  });

  it('finds no cycle among distinct elements', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 300 }), (elements) => {
        expect(search((index) => elements[index] as string, elements.length)).toBeUndefined();
      }),
    );
  });
});
