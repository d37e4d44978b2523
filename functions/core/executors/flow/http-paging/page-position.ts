import { createHash } from 'node:crypto';
import { addToSequence, type CycleMark } from '../../../domain/flow/cycle.ts';
import type { Position } from '../../../domain/flow/plan.ts';
import type { Json } from '../../../domain/json.ts';
import type { PageToken } from './pager.ts';

/** Characters of a fingerprint, 6 bits each. */
const FINGERPRINT_LENGTH = 16;
/** Repeats that are allowed of a page whose records are all equal, or that has one record: chance may make such pages. */
const UNIFORM_REPEATS = 10;

/** The state that a task commits between two pages: the place of the next one, and enough to notice a loop. */
export interface PagePosition {
  readonly place: PageToken;
  /** The page before had fewer records than it was asked for: this one is expected to be empty. */
  readonly short: boolean;
  /** Fingerprint of the records of the page before; empty when it had none. */
  readonly records: string;
  /** Pages in a row that had the records of the page before them. */
  readonly repeats: number;
  /** Consecutive pages without a record up to the page before; omitted when 0. */
  readonly emptyPages?: number;
  /** Mark in the URLs of the pages before; null: not known. */
  readonly urls: CycleMark | null;
}

/** Returns a position as it was committed. Runs that began with an earlier version committed the bare place. */
export function parsePagePosition(position: Position): PagePosition | null {
  if (position === null) return null;
  if (typeof position === 'object') return position as unknown as PagePosition;
  return { place: position as PageToken, short: false, records: '', repeats: 0, urls: null };
}

/**
 * Adds the URL of a page to those before.
 *
 * @returns the mark for the next position, or the length of the cycle that the next pages form
 */
export function addUrl(before: PagePosition | null, url: string): CycleMark | { readonly cycle: number } {
  return addToSequence(before?.urls ?? null, fingerprint([url]));
}

/** The difference between a page and the one before. */
export interface PageComparison {
  readonly records: string;
  readonly repeats: number;
  /** Consecutive pages without a record, this page included; omitted when 0. */
  readonly emptyPages?: number;
  /** The same records came more often than by chance. */
  readonly stuck: boolean;
}

/**
 * Compares the records of a page with those of the page before.
 *
 * @param before null: the page is the first one
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

/** Returns the JSON of a value; empty text when it is nested too deeply to be written. */
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
