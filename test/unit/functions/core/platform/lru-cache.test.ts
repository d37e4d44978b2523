import { describe, expect, it } from 'vitest';
import { LruCache } from '../../../../../functions/core/platform/lru-cache.ts';

describe('LruCache', () => {
  it('evicts the value that was read or replaced longest ago', () => {
    const cache = new LruCache<string, number>(3);
    cache.set('read', 1);
    cache.set('replaced', 2);
    cache.set('unused', 3);
    cache.get('read');
    cache.set('replaced', 4);

    cache.set('new', 5);

    const keys = ['read', 'replaced', 'unused', 'new'];
    expect(keys.map((key) => cache.get(key))).toEqual([1, 4, undefined, 5]);
  });

  it('evicts no value when it replaces one', () => {
    const cache = new LruCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);

    cache.set('b', 3);

    expect([cache.get('a'), cache.get('b')]).toEqual([1, 3]);
  });

  it('has room for another value after one is deleted', () => {
    const cache = new LruCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);

    cache.delete('b');
    cache.set('c', 3);

    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
  });
});
