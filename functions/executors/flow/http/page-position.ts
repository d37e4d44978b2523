import { createHash } from 'node:crypto';
import { addToSequence, type CycleMark } from '../../../domain/flow/cycle.ts';
import type { Position } from '../../../domain/flow/plan.ts';
import type { Json } from '../../../domain/json.ts';
import type { PagePlace } from './paging.ts';

/** Characters of a fingerprint, 6 bits each. */
const FINGERPRINT_LENGTH = 16;
/** A page whose records are all the same, one record among them, says little: so many of them may follow each other. */
const UNIFORM_REPEATS = 10;

/** What a task commits between two pages: where the next one is, and enough of those before to notice a loop. */
export interface PagePosition {
  readonly place: PagePlace;
  /** The page before had fewer records than it was asked for: this one is expected to be empty. */
  readonly short: boolean;
  /** Fingerprint of the records of the page before; empty when it had none. */
  readonly records: string;
  /** How often in a row a page had these records again. */
  readonly repeats: number;
  /** Of the URLs of the pages before; null: not known. */
  readonly urls: CycleMark | null;
}

/** Positions of runs that began with an earlier version are a bare place. */
export function pagePositionOf(position: Position): PagePosition | null {
  if (position === null) return null;
  if (typeof position === 'object') return position as unknown as PagePosition;
  return { place: position as PagePlace, short: false, records: '', repeats: 0, urls: null };
}

/** Adds the URL of a page to those before; the length of the cycle when the next pages lead round. */
export function addUrl(before: PagePosition | null, url: string): CycleMark | { readonly cycle: number } {
  return addToSequence(before?.urls ?? null, fingerprintOf([url]));
}

/** How a page compares with the one before. */
export interface Comparison {
  readonly records: string;
  readonly repeats: number;
  /** It has the same records too often for chance. */
  readonly stuck: boolean;
}

export function compare(before: PagePosition | null, page: readonly Json[]): Comparison {
  if (page.length === 0) return { records: '', repeats: 0, stuck: false };
  const texts = page.map(textOf);
  const records = fingerprintOf(texts);
  const repeats = records === before?.records ? before.repeats + 1 : 0;
  const allowed = texts.every((text) => text === texts[0]) ? UNIFORM_REPEATS : 0;
  return { records, repeats, stuck: repeats > allowed };
}

/** The JSON of a value; empty when it is nested too deeply to be written. */
export function textOf(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

function fingerprintOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\n');
  return hash.digest('base64url').slice(0, FINGERPRINT_LENGTH);
}
