import { LRUCache } from 'lru-cache';
import type { Lookup, Match } from './lookup.ts';

/** Maximum size of the matches that a lookup keeps, in characters of JSON. */
const MAX_CACHE_LENGTH = 16 * 1024 * 1024;
/** Approximate size of an entry without its match and key. */
const ENTRY_LENGTH = 100;

/** Keeps the newest matches, so that a key that many records have is looked up once. */
export function cachedLookup(lookup: Lookup, maxLength = MAX_CACHE_LENGTH): Lookup {
  const cache = new LRUCache<string, Match>({
    maxSize: maxLength,
    sizeCalculation: (match, key) => JSON.stringify(match).length + key.length + ENTRY_LENGTH,
  });
  return {
    ...lookup,
    async find(keys, signal) {
      const found = new Map<string, Match>();
      const unknown: string[] = [];
      for (const key of keys) {
        const match = cache.get(key);
        if (match) found.set(key, match);
        else unknown.push(key);
      }
      if (unknown.length === 0) return found;
      for (const [key, match] of await lookup.find(unknown, signal)) {
        cache.set(key, match);
        found.set(key, match);
      }
      return found;
    },
  };
}
