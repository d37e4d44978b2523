import { expect, test } from 'vitest';
import { TtlCache } from '../../../../../functions/core/platform/ttl-cache.ts';

function given() {
  const clock = { now: 1_000 };
  return { clock, cache: new TtlCache<string>({ ttlMs: 100, size: 2, now: () => clock.now }) };
}

test('keeps a value for its lifetime from the lookup', () => {
  const { cache, clock } = given();
  cache.set('a', '1', 950);

  clock.now = 1_049;
  expect(cache.get('a')).toBe('1');
  clock.now = 1_050;
  expect(cache.get('a')).toBeUndefined();
  clock.now = 1_000;
  expect(cache.get('a')).toBeUndefined();
});

test('drops values when the clock is set back', () => {
  const { cache, clock } = given();
  cache.set('a', '1', 1_000);

  clock.now = 999;

  expect(cache.get('a')).toBeUndefined();
});

test('evicts the oldest value', () => {
  const { cache, clock } = given();
  cache.set('a', '1', clock.now);
  cache.set('b', '2', clock.now);
  cache.set('a', '3', clock.now);

  cache.set('c', '4', clock.now);

  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['3', undefined, '4']);
});
