import { InvalidInput } from '../errors.ts';
import { isExactNumber } from '../exact-json.ts';
import { isHeaderValue } from '../header-value.ts';
import type { Json } from '../json.ts';
import { valueAt } from './json-path.ts';

/** The way in which an HTTP source requests only what has changed since the last run that read it to its end. */
export interface Delta {
  /** Path (`json-path.ts`) of the value in a record. The largest value is the cursor of the next run. */
  readonly path: string;
  /** Cursor of the first run, which also tells how values are compared: as numbers, times or text. */
  readonly start: string;
  /** Seconds by which requests move back a cursor that is a time, because records may appear late. */
  readonly overlapSeconds: number;
}

/**
 * The cursor of a delta source at the time at which a run was planned: a parameter of the source's split, so that all
 * requests of the run, and of the runs that continue it, have the same one.
 */
export interface DeltaStart {
  readonly cursor: string;
  /** Path of the values in records. */
  readonly path: string;
  /**
   * Time at which the last run was planned that read the source to its end; null before there is one, and after the
   * cursor was set.
   */
  readonly startedAt: string | null;
  /** Version of the stored cursor; 0 if none was stored. */
  readonly version: number;
  /** Time of the planning, and ULID of the run. */
  readonly plannedAt: string;
  readonly plannedBy: string;
}

/** Maximum length of a cursor in characters. It becomes a part of URLs and headers. */
export const MAX_CURSOR_LENGTH = 256;

const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** A date, or a date and a time with or without an offset (RFC 3339, SQL). */
const TIME =
  /^(?<date>\d{4}-\d\d-\d\d)(?:(?<separator>[T ])(?<clock>\d\d:\d\d(?::\d\d)?)(?<fraction>(?<=:\d\d:\d\d)\.\d+)?(?<offset>Z|[+-]\d\d:?\d\d)?)?$/;

type Kind = 'number' | 'time' | 'text';

/** Returns how a cursor is compared. */
export function kindOfCursor(cursor: string): Kind {
  if (NUMBER.test(cursor)) return 'number';
  return Number.isNaN(instantOf(cursor)) ? 'text' : 'time';
}

/** The parts of a time as written. */
interface TimeParts {
  readonly date: string;
  /** `T` or a space; empty for a date. */
  readonly separator: string;
  /** Hours, minutes and, if given, seconds. */
  readonly clock: string;
  /** Fraction of a second with its dot, or empty. */
  readonly fraction: string;
  readonly offset: string;
}

function parseTime(time: string): TimeParts | undefined {
  const groups = TIME.exec(time)?.groups;
  if (!groups) return undefined;
  const { date = '', separator = '', clock = '', fraction = '', offset = '' } = groups;
  return { date, separator, clock, fraction, offset };
}

/** @returns whether the day exists; `Date` moves February 30 to March */
const isDate = (date: string): boolean => new Date(`${date}T00:00:00Z`).toJSON()?.slice(0, 10) === date;

/** Returns a time in epoch milliseconds, or NaN. A time without an offset is in UTC. */
function instantOf(time: string): number {
  const parts = parseTime(time);
  if (!parts || !isDate(parts.date)) return Number.NaN;
  const { date, clock, fraction, offset } = parts;
  // In other notations, `Date.parse` reads the year 0001 as 2001.
  return Date.parse(`${date}T${clock || '00:00'}${fraction}${offset.replace(/^(.\d\d)(\d\d)$/, '$1:$2') || 'Z'}`);
}

/** Returns the digits of a time's fraction of a second, without zeros at their end. */
const fractionOf = (time: string): string => parseTime(time)?.fraction.replace(/0+$/, '').slice(1) ?? '';

/** Finds the problem of a cursor: it is not of the kind of the start, or cannot be a part of a request. */
export function findCursorProblem({ start }: Pick<Delta, 'start'>, cursor: string): string | undefined {
  if (cursor.length < 1 || cursor.length > MAX_CURSOR_LENGTH || !isHeaderValue(cursor))
    return `must be 1–${MAX_CURSOR_LENGTH} printable characters`;
  const kind = kindOfCursor(start);
  if (kind === 'text' || kind === kindOfCursor(cursor)) return undefined;
  return `must be a ${kind}, like the start ${start}`;
}

/** Compares two cursors of the kind of the start: negative if the first is smaller. */
export function compareCursors({ start }: Pick<Delta, 'start'>, a: string, b: string): number {
  const kind = kindOfCursor(start);
  if (kind === 'number') return compareNumbers(a, b);
  if (kind === 'text') return compareText(a, b);
  // Times of one millisecond may differ in further digits.
  return instantOf(a) - instantOf(b) || compareText(fractionOf(a), fractionOf(b));
}

const compareText = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** Compares decimal numbers of any length: identifiers may have more digits than a double. */
function compareNumbers(a: string, b: string): number {
  const [wholeA = '', fractionA = ''] = a.split('.');
  const [wholeB = '', fractionB = ''] = b.split('.');
  const digits = Math.max(fractionA.length, fractionB.length);
  const scaled = (whole: string, fraction: string) => BigInt(whole + fraction.padEnd(digits, '0'));
  const [left, right] = [scaled(wholeA, fractionA), scaled(wholeB, fractionB)];
  return Number(left > right) - Number(left < right);
}

/** A cursor as it is stored. */
interface StoredCursor {
  /** null: the start of the definition. */
  readonly cursor: string | null;
  readonly path: string;
}

/**
 * Returns the stored cursor, or `undefined` if there is none, or if it belongs to another definition: it is of another
 * path or of another kind than the start.
 */
export function findUsableCursor<Stored extends StoredCursor>(
  delta: Delta,
  stored: Stored | undefined,
): (Stored & { readonly cursor: string }) | undefined {
  if (!stored || stored.path !== delta.path) return undefined;
  const { cursor } = stored;
  if (cursor === null || findCursorProblem(delta, cursor) !== undefined) return undefined;
  return stored as Stored & { readonly cursor: string };
}

/** Returns the cursor with which the next run begins: the stored one, or the start if there is none to use. */
export const currentCursor = (delta: Delta, stored: StoredCursor | undefined): string =>
  findUsableCursor(delta, stored)?.cursor ?? delta.start;

/** A record whose value is no cursor. */
export class CursorProblem extends Error {}

/**
 * Returns the largest of a cursor and the values of records. Records without a value, or with null, are passed over.
 *
 * @throws CursorProblem if the value of a record cannot be a cursor
 */
export function newestCursor(delta: Delta, cursor: string, records: readonly Json[]): string {
  let newest = cursor;
  for (const record of records) {
    const value = textOf(valueAt(record, delta.path));
    if (value === undefined) continue;
    const problem = findCursorProblem(delta, value);
    if (problem !== undefined) throw new CursorProblem(`the value at ${delta.path} ${problem}`);
    if (compareCursors(delta, value, newest) > 0) newest = value;
  }
  return newest;
}

/** @returns `undefined` for no value; the empty text for a list, an object and a truth value, none of which is a cursor */
function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === 'number' ? plainDecimal(value) : '';
}

/** Writes an integer without an exponent. A tiny fraction keeps its exponent and is no cursor. */
const plainDecimal = (value: number): string => (Number.isInteger(value) ? BigInt(value).toString() : String(value));

/** Text of a URL or a header that is replaced at each run of a delta source. */
const PLACEHOLDER = /\{\{(delta\.cursor|lastRun\.cursor|lastRun\.startedAt)\}\}/g;
/** Text that is intended as a placeholder, even if malformed. */
export const CURSOR_PLACEHOLDER_ATTEMPT = /\{\{\s*(?:delta|lastRun)\b/gi;

/**
 * Replaces the placeholders in a text.
 *
 * @param encode escapes a value for the place of the text
 */
export function fillDelta(
  text: string,
  { overlapSeconds }: Delta,
  { cursor, startedAt }: Pick<DeltaStart, 'cursor' | 'startedAt'>,
  encode: (value: string) => string,
): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) =>
    encode(moveBack((name === 'lastRun.startedAt' && startedAt) || cursor, overlapSeconds)),
  );
}

/**
 * Moves back a time by seconds and keeps its notation: an API may compare times as text, and a time without an offset may
 * be a local time of the API.
 */
function moveBack(time: string, seconds: number): string {
  const parts = seconds === 0 ? undefined : parseTime(time);
  if (!parts) return time;
  const { date, separator, clock, fraction, offset } = parts;
  const moved = new Date(instantOf(`${date}T${clock || '00:00'}`) - seconds * 1_000).toISOString();
  const [movedDate = '', movedClock = ''] = moved.split('T');
  return `${movedDate}${separator}${movedClock.slice(0, clock.length)}${fraction}${offset}`;
}

/** An operator with texts in which placeholders may stand. */
interface DeltaSource {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json | undefined;
  readonly delta?: Delta | undefined;
}

/**
 * Validates the delta of an HTTP source: that its start and overlap fit, and that a placeholder is in its URL, headers or body.
 *
 * @throws InvalidInput
 */
export function validateDelta(field: string, { url, headers, body, delta }: DeltaSource): void {
  const texts = [
    [`${field}.url`, url],
    ...Object.entries(headers).map(([name, text]) => [`${field}.headers.${name}`, text]),
    [`${field}.body`, JSON.stringify(body) ?? ''],
  ];
  for (const [place = '', text = ''] of texts) {
    const attempts = text.match(CURSOR_PLACEHOLDER_ATTEMPT)?.length ?? 0;
    if (attempts === 0) continue;
    if (!delta) throw new InvalidInput(place, `must not have the placeholder of a cursor without ${field}.delta`);
    if (attempts !== (text.match(PLACEHOLDER)?.length ?? 0))
      throw new InvalidInput(
        place,
        'must have no placeholders but {{delta.cursor}}, {{lastRun.cursor}} and {{lastRun.startedAt}}',
      );
  }
  if (!delta) return;
  // The values come from the API, and headers may contain secrets.
  if ((URL.parse(url)?.host.search(CURSOR_PLACEHOLDER_ATTEMPT) ?? -1) >= 0)
    throw new InvalidInput(`${field}.url`, 'must not have a placeholder in its host');
  const problem = findCursorProblem(delta, delta.start);
  if (problem !== undefined) throw new InvalidInput(`${field}.delta.start`, problem);
  if (delta.overlapSeconds > 0 && kindOfCursor(delta.start) !== 'time')
    throw new InvalidInput(
      `${field}.delta.overlapSeconds`,
      `must be 0 unless the start is a time, got ${delta.overlapSeconds}`,
    );
  // A fragment is not sent.
  const sent = [url.replace(/#.*/s, ''), ...Object.values(headers), JSON.stringify(body) ?? ''];
  if (!sent.some((text) => text.search(PLACEHOLDER) >= 0))
    throw new InvalidInput(`${field}.delta`, `must be used: {{delta.cursor}} in ${field}.url, its body or a header`);
}

/** @throws InvalidInput if a text of an operator that has no cursor contains the placeholder of one */
export function assertNoCursorPlaceholder(field: string, text: string): void {
  if (text.search(CURSOR_PLACEHOLDER_ATTEMPT) >= 0)
    throw new InvalidInput(field, 'must not have the placeholder of a cursor; only sources with a delta may');
}
