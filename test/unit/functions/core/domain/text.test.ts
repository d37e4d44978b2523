import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { truncate, truncateStart, truncateWithEllipsis } from '../../../../../functions/core/domain/text.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const length = fc.nat({ max: 25 });

describe('truncate', () => {
  it.each([
    ['', 0, ''],
    ['ab', 2, 'ab'],
    ['abc', 2, 'ab'],
    ['a😀b', 1, 'a'],
    ['a😀b', 2, 'a'],
    ['a😀b', 3, 'a😀'],
    ['😀', 0, ''],
    ['😀', 1, ''],
  ])('cuts %j to %i code units as %j', (given, max, expected) => {
    expect(truncate(given, max)).toBe(expected);
  });

  it('returns the longest well-formed prefix', () => {
    fc.assert(
      fc.property(text, length, (given, max) => {
        const cut = truncate(given, max);
        expect(given.startsWith(cut)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(Math.min(given.length, max) - cut.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('truncateWithEllipsis', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['ab😀cd', 4, 'ab…'],
    ['ab😀cd', 5, 'ab😀…'],
  ])('shortens %j to %i code units as %j', (given, max, expected) => {
    expect(truncateWithEllipsis(given, max)).toBe(expected);
  });
});

describe('truncateStart', () => {
  it.each([
    ['abc', 2, 'bc'],
    ['a😀', 1, ''],
    ['a😀', 2, '😀'],
    ['a😀', 3, 'a😀'],
    ['a😀', 0, ''],
    ['😀b', 2, 'b'],
  ])('keeps the end of %j in %i code units as %j', (given, max, expected) => {
    expect(truncateStart(given, max)).toBe(expected);
  });

  it('returns the longest well-formed suffix', () => {
    fc.assert(
      fc.property(text, length, (given, max) => {
        const cut = truncateStart(given, max);
        expect(given.endsWith(cut)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        expect(Math.min(given.length, max) - cut.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
