import { createHash } from 'node:crypto';
import { addToSequence, type CycleMark } from '../../../domain/flow/cycle.ts';
import type { Position } from '../../../domain/flow/position.ts';
import type { Json } from '../../../domain/json.ts';
import type { PageToken } from './pager.ts';

/** Length of a fingerprint in characters of 6 bits. */
const FINGERPRINT_LENGTH = 16;
/** Allowed repetitions of a page with only equal records or a single record, which may occur by chance. */
const UNIFORM_REPEATS = 10;

/** The position committed between two pages: the token of the next page and the state of the loop detection. */
export interface PagePosition {
  readonly place: PageToken;
  /** The previous page was not full, so this page is expected to be empty. */
  readonly short: boolean;
  /** Fingerprint of the previous page's records; empty if the page had none. */
  readonly records: string;
  /** Consecutive pages whose records equal those of the page before. */
  readonly repeats: number;
  /** Consecutive pages without a record, up to the previous page; omitted when 0. */
  readonly emptyPages?: number;
  /** State of the cycle detection over page URLs; `null` if unknown. */
  readonly urls: CycleMark | null;
  /** Largest cursor of the pages before; omitted without a delta. */
  readonly newest?: string;
}

/** Parses a committed position. Runs that started with an earlier version committed the bare token. */
export function parsePagePosition(position: Position): PagePosition | null {
  if (position === null) return null;
  if (typeof position === 'object') return position as unknown as PagePosition;
  return { place: position as PageToken, short: false, records: '', repeats: 0, urls: null };
}

/**
 * Adds a page URL to the cycle detection.
 *
 * @returns the state for the next position, or the length of the detected cycle
 */
export function addUrl(before: PagePosition | null, url: string): CycleMark | { readonly cycle: number } {
  return addToSequence(before?.urls ?? null, fingerprint([url]));
}

/** The difference between a page and the page before. */
export interface PageComparison {
  readonly records: string;
  readonly repeats: number;
  /** Consecutive pages without a record, including this page; omitted when 0. */
  readonly emptyPages?: number;
  /** The records repeat more often than chance allows. */
  readonly stuck: boolean;
}

/**
 * Compares the records of a page with those of the previous page.
 *
 * @param before `null` for the first page
 */
export function comparePages(before: PagePosition | null, page: readonly Json[]): PageComparison {
  if (page.length === 0)
    return {
      records: '',
      repeats: 0,
      emptyPages: /* guard: http-source.empty-pages */ (before?.emptyPages ?? 0) + 1,
      stuck: false,
    };
  const texts = page.map(toJsonText);
  const records = fingerprint(texts);
  const repeats = records === before?.records ? before.repeats + 1 : 0;
  const allowed = texts.every((text) => text === texts[0]) ? UNIFORM_REPEATS : 0;
  return { records, repeats, stuck: repeats > allowed };
}

/** Returns the JSON of a value, or an empty string if the value is nested too deeply. */
export function toJsonText(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

function fingerprint(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\n');
  return hash.digest('base64url').slice(0, FINGERPRINT_LENGTH);
}
