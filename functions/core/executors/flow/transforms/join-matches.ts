import { isExactNumber } from '../../../domain/exact-json.ts';
import type { LookupSpec } from '../../../domain/flow/lookup.ts';
import type { Json } from '../../../domain/json.ts';
import { type Match, MISSING, toKey } from '../lookups/lookup.ts';

/** The key that a lookup asks for, or the reason why there is none. */
export type LookupKey = { readonly key: string } | { readonly missing: true } | { readonly fault: string };

/** Text and numbers are keys. `null` or no value has no match. */
export function toLookupKey(value: Json | undefined): LookupKey {
  if (value === undefined || value === null) return { missing: true };
  const key = toKey(value);
  if (key === undefined) return { fault: 'key: must be text or a number' };
  return key.isWellFormed() ? { key } : { fault: 'key: must be text, got half of a surrogate pair' };
}

/** The record with the value of a match, no record, or the reason of a failure. */
export type Joined = { readonly value: Json } | { readonly dropped: true } | { readonly fault: string };

/** Adds the value of a match to a record. */
export function joinMatch({ as, onMiss }: LookupSpec, record: Json, key: LookupKey, match: Match = MISSING): Joined {
  if ('fault' in key) return key;
  if (typeof record !== 'object' || record === null || Array.isArray(record) || isExactNumber(record))
    return { fault: 'the record must be an object' };
  const object = record as { readonly [name: string]: Json };
  if ('fault' in match) return match;
  if ('value' in match) return { value: { ...object, [as]: match.value } };
  if (onMiss === 'drop') return { dropped: true };
  if (onMiss === 'null') return { value: { ...object, [as]: null } };
  return { fault: 'key' in key ? 'the key has no match' : 'the record has no key' };
}
