import { isExactNumber } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import { FlowFailure } from '../flow-failure.ts';

/** The result for one key. A fault concerns the records with this key. */
export type Match = { readonly value: Json } | { readonly missing: true } | { readonly fault: string };

export const MISSING: Match = { missing: true };

/** Finds values by their keys, for one slice. */
export interface Lookup {
  /**
   * @param keys without repetitions, each well-formed text
   * @returns a match for each key
   * @throws FlowFailure if the values cannot be read
   * @throws the signal's reason after an abort
   */
  find(keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Match>>;
  /** Releases resources at the end of the slice. */
  close?(): void;
}

/** Maximum size of the values that are found for one page, in characters of JSON. */
export const MAX_FOUND_LENGTH = 8 * 1024 * 1024;

export const tooMuchFoundFailure = (operator: string): FlowFailure =>
  new FlowFailure(`${operator}: the values of a page have over 8 MB: make pageSize smaller`, { permanent: true });

/** Returns the key that a value is, or `undefined` if it is none. */
export function toKey(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === 'number' ? String(value) : undefined;
}
