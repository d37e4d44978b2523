import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../../functions/core/domain/json.ts';
import { concurrencyKeyOf, randomKeyStart, validateRunKeys } from '../../../../../functions/core/domain/run-keys.ts';

const job = (key: string | null, group: string | null = null, id = 'a') => ({
  id,
  incarnation: 'abc12345',
  concurrency: { key, group, limit: 1 },
  throttle: null,
});

describe('concurrencyKeyOf', () => {
  it('returns null for a job without a concurrency key', () => {
    expect(concurrencyKeyOf({ ...job('id'), concurrency: null }, { id: 1 })).toBeNull();
  });

  it.each<[Json | undefined, Json | undefined]>([
    [{ id: { a: 1, b: [2] } }, { id: { b: [2], a: 1 } }],
    [{ id: null }, {}],
    [undefined, null],
    ['text', [{ id: 1 }]],
    [{ id: 1, other: 2 }, { id: 1 }],
    [{ id: 1.0 }, { id: 1 }],
  ])('counts the payloads %j and %j together', (one, other) => {
    expect(concurrencyKeyOf(job('id'), one)).toBe(concurrencyKeyOf(job('id'), other));
  });

  it.each<[Json, Json]>([
    [{ id: 1 }, { id: '1' }],
    [{ id: false }, { id: null }],
    [{ id: '' }, {}],
    [{ id: [1, 2] }, { id: [2, 1] }],
  ])('counts the payloads %j and %j apart', (one, other) => {
    expect(concurrencyKeyOf(job('id'), one)).not.toBe(concurrencyKeyOf(job('id'), other));
  });

  it.each([
    ['kunde.größe', { kunde: { größe: 1 } }],
    ['"kunde.größe"', { 'kunde.größe': 1 }],
    ['kunde.`a b`."`"', { kunde: { 'a b': { '`': 1 } } }],
  ])('finds the value at %s', (path, payload) => {
    expect(concurrencyKeyOf({ ...job(path, 'shop') }, payload)).toBe(concurrencyKeyOf(job('id', 'shop'), { id: 1 }));
  });

  it('reads no inherited property', () => {
    expect(concurrencyKeyOf(job('constructor.name'), {})).toBe(concurrencyKeyOf(job('constructor.name'), null));
  });

  it('counts the runs of jobs together only if they have the same group', () => {
    const keyOf = (...given: Parameters<typeof job>) => concurrencyKeyOf(job(...given), { id: 1 });

    expect(keyOf('id', 'shop', 'a')).toBe(keyOf('id', 'shop', 'b'));
    expect(new Set([keyOf('id'), keyOf('id', null, 'b'), keyOf('id', 'shop'), keyOf('id', 'a')]).size).toBe(4);
  });

  it('does not contain the value', () => {
    expect(concurrencyKeyOf(job('id'), { id: 'secret' })).toMatch(/^[\w-]{22}$/);
  });
});

describe('validateRunKeys', () => {
  it.each(['', 'a..b', 'a b', 'a[0]', '$.a', '"a', '""', '"a"b', '"\n"', `${'a.'.repeat(10)}b`])(
    "refuses the path '%s'",
    (path) => {
      expect(() => validateRunKeys(job(path))).toThrow('concurrency.key: must be 1–10 names');
    },
  );

  it.each([null, 'id', 'customer.id', 'a-b_c.0', 'kunde.größe', '顧客.id', '"a b".`c"d`'])(
    'accepts the path %s',
    (path) => {
      expect(() => validateRunKeys(job(path))).not.toThrow();
    },
  );
});

describe('randomKeyStart', () => {
  it('returns two characters of names, in the order of the random number', () => {
    const starts = [0, 0.25, 0.5, 0.75, 0.999_999].map(randomKeyStart);

    expect(starts).toEqual([...starts].sort((a, b) => (a < b ? -1 : 1)));
    expect([starts.at(0), starts.at(-1)]).toEqual(['--', 'zz']);
    expect(new Set(starts).size).toBe(starts.length);
  });
});
