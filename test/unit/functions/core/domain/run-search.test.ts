import { describe, expect, it } from 'vitest';
import {
  containsWords,
  searchTextsIn,
  toSearchWords,
  validateSearchable,
} from '../../../../../functions/core/domain/run-search.ts';

const ID = 'sync.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

describe('containsWords', () => {
  it('needs each word in one of the texts, in upper or lower case', () => {
    const words = toSearchWords('  Bank   TIMEOUT bank ');

    expect(words).toEqual(['bank', 'timeout']);
    expect(containsWords(words, ['the bank', 'a Timeout of 3 s'], ID)).toBe(true);
    expect(containsWords(words, ['the bank'], ID)).toBe(false);
  });

  it.each(['sync', 'sync.a1b2c3d4e5.01JNXA', '01JNXA3V5T9YV0Q2Z6W8M4R7B1', ID])('finds the run id by %s', (word) => {
    expect(containsWords(toSearchWords(word), [], ID)).toBe(true);
  });

  it.each(['01', 'JNXA3V', 'a1b2', 'R7B1', `${ID}x`])('does not find the run id by %s', (word) => {
    expect(containsWords(toSearchWords(word), [], ID)).toBe(false);
  });
});

describe('searchTextsIn', () => {
  it('returns texts, numbers and truth values at the paths, of each element of a list', () => {
    const payload = { a: { b: [{ c: 1 }, { c: true }, { d: 'x' }] }, e: ['y', null, ['z']], f: { g: {} } };

    expect(searchTextsIn(payload, ['a.b.c', 'e', 'f.g', 'f', 'missing.path', 'e.length', 'toString'])).toEqual([
      '1',
      'true',
      'y',
      'z',
    ]);
    expect(searchTextsIn({ 'größe.in cm': 5 }, ['"größe.in cm"'])).toEqual(['5']);
    expect(searchTextsIn(undefined, ['a'])).toEqual([]);
  });
});

describe('validateSearchable', () => {
  it('rejects a path with an empty or strange name', () => {
    expect(() => validateSearchable(['customer.id', 'a-b_c.0', 'größe."in cm"'])).not.toThrow();
    for (const path of ['', 'a..b', '.a', '$.a', 'a[0]', Array(11).fill('a').join('.')]) {
      expect(() => validateSearchable([path])).toThrow(/^searchable\[0\]: must be 1–10 names/);
    }
  });
});
