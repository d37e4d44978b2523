import { MAX_CALENDAR_DATES } from './calendar.ts';
import { InvalidInput } from './errors.ts';
import { truncate } from './text.ts';
import { DAY_MS } from './timing.ts';

/** Years for which a rule without an end is expanded, including the current one. */
export const RULE_YEARS = 10;

/** Maximum length of one event, in days. */
const MAX_EVENT_DAYS = 366;

/** One line of a file, unfolded: `NAME;PARAMETER=value:value` (RFC 5545, 3.1). */
interface ContentLine {
  /** Number of its first line, from 1. */
  readonly line: number;
  readonly name: string;
  readonly value: string;
}

interface Event {
  readonly line: number;
  readonly properties: readonly ContentLine[];
}

/** Properties that change the dates of an event in a way that is not supported. */
const UNSUPPORTED = ['EXRULE', 'RECURRENCE-ID'];
/** Properties that an event has at most once. */
const SINGLE = ['DTSTART', 'DTEND', 'DURATION', 'RRULE', 'STATUS'];

/**
 * Returns the dates of the all-day events of an iCalendar file (RFC 5545), ascending, each once. Supports `DTSTART`, `DTEND`,
 * `DURATION`, `RDATE`, `EXDATE` and yearly rules. Properties that do not change dates, time zones and alarms are ignored.
 *
 * @param now epoch milliseconds; a rule without an end is expanded for `RULE_YEARS` years
 * @throws InvalidInput (field `ical`) with the number of the line that is not understood
 */
export function parseICalendar(text: string, now: number): readonly string[] {
  const lastDay = Date.UTC(new Date(now).getUTCFullYear() + RULE_YEARS, 0, 1) / DAY_MS - 1;
  const days = new Set<number>();
  for (const event of readEvents(unfold(text))) {
    for (const day of expandEvent(event, lastDay)) {
      days.add(day);
      if (days.size > MAX_CALENDAR_DATES) reject(event.line, `more than ${MAX_CALENDAR_DATES} dates`);
    }
  }
  return [...days].sort((a, b) => a - b).map(formatDay);
}

function reject(line: number, problem: string): never {
  throw new InvalidInput('ical', `line ${line}: ${problem}`);
}

/** Joins lines that are folded: a line that starts with a space or tab continues the one before. */
function unfold(text: string): readonly ContentLine[] {
  const folded: { line: number; text: string }[] = [];
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const last = folded.at(-1);
    if (/^[ \t]/.test(line)) {
      if (!last) reject(i + 1, 'continues a line, and there is none before');
      last.text += line.slice(1);
    } else if (line !== '') folded.push({ line: i + 1, text: line });
  }
  return folded.map(parseLine);
}

function parseLine({ line, text }: { readonly line: number; readonly text: string }): ContentLine {
  const [, name, value] = /^([A-Za-z0-9-]+)(?:;(?:[^":]|"[^"]*")*)?:(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    return reject(line, `must be NAME:value, got ${JSON.stringify(truncate(text, 60))}`);
  }
  return { line, name: name.toUpperCase(), value };
}

/** Returns the events of the one calendar. */
function readEvents(lines: readonly ContentLine[]): readonly Event[] {
  const [begin] = lines;
  const end = lines.at(-1);
  if (begin?.name !== 'BEGIN' || begin.value.toUpperCase() !== 'VCALENDAR') {
    return reject(begin?.line ?? 1, 'must be BEGIN:VCALENDAR');
  }
  if (end?.name !== 'END' || end.value.toUpperCase() !== 'VCALENDAR') {
    return reject(end?.line ?? 1, 'must be END:VCALENDAR, as the last line');
  }
  const events: Event[] = [];
  const open: string[] = [];
  let properties: ContentLine[] = [];
  for (const property of lines.slice(1, -1)) {
    const { line, name } = property;
    const component = property.value.trim().toUpperCase();
    if (name === 'BEGIN') {
      const isKnown = open.length > 0 || component === 'VEVENT' || component === 'VTIMEZONE';
      if (!isKnown) reject(line, `only VEVENT is supported, got BEGIN:${truncate(component, 40)}`);
      open.push(component);
      if (open.length === 1) properties = [{ ...property }];
    } else if (name === 'END') {
      if (open.at(-1) !== component)
        reject(line, `must end ${open.at(-1) ?? 'no component'}, got ${truncate(component, 40)}`);
      open.pop();
      const [first] = properties;
      if (open.length === 0 && component === 'VEVENT' && first) {
        events.push({ line: first.line, properties: properties.slice(1) });
      }
    } else if (open.length === 1) properties.push(property);
  }
  if (open.length > 0) reject(end.line, `${open.at(-1)} has no end`);
  return events;
}

/** Returns the day numbers of an event with its repetitions. */
function expandEvent({ line, properties }: Event, lastDay: number): readonly number[] {
  const unsupported = properties.find(({ name }) => UNSUPPORTED.includes(name));
  if (unsupported) reject(unsupported.line, `${unsupported.name} is not supported`);
  const single = new Map<string, ContentLine>();
  for (const property of properties.filter(({ name }) => SINGLE.includes(name))) {
    if (single.has(property.name)) reject(property.line, `${property.name} must occur once in an event`);
    single.set(property.name, property);
  }
  const start = single.get('DTSTART');
  if (!start) return reject(line, 'the event has no DTSTART');
  const first = parseDate(start, start.value);
  const length = lengthOf(first, single.get('DTEND'), single.get('DURATION'));
  // A canceled event remains in many files.
  if (single.get('STATUS')?.value.trim().toUpperCase() === 'CANCELLED') return [];
  const rule = single.get('RRULE');
  const starts = new Set(rule ? expandRule(rule, first, lastDay) : [first]);
  const datesIn = (property: ContentLine) => property.value.split(',').map((value) => parseDate(property, value));
  for (const day of properties.filter(({ name }) => name === 'RDATE').flatMap(datesIn)) starts.add(day);
  for (const day of properties.filter(({ name }) => name === 'EXDATE').flatMap(datesIn)) starts.delete(day);
  if (starts.size * length > MAX_CALENDAR_DATES) reject(line, `the event has more than ${MAX_CALENDAR_DATES} dates`);
  return [...starts].flatMap((day) => Array.from({ length }, (_, i) => day + i));
}

/** Returns the number of days of an event. `DTEND` is exclusive. */
function lengthOf(first: number, end: ContentLine | undefined, duration: ContentLine | undefined): number {
  if (end && duration) return reject(duration.line, 'DURATION must be absent beside DTEND');
  const property = end ?? duration;
  if (!property) return 1;
  const length = end ? parseDate(end, end.value) - first : parseDuration(property);
  if (length < 1) return reject(property.line, `${property.name} must be after DTSTART, got ${property.value}`);
  if (length <= MAX_EVENT_DAYS) return length;
  return reject(property.line, `an event must have at most ${MAX_EVENT_DAYS} days, got ${length}`);
}

function parseDuration({ line, value }: ContentLine): number {
  const [, count, unit] = /^\+?P(\d{1,4})([DW])$/i.exec(value.trim()) ?? [];
  if (count === undefined)
    return reject(line, `DURATION must be days or weeks such as P1D, got ${truncate(value, 40)}`);
  return Number(count) * (unit?.toUpperCase() === 'W' ? 7 : 1);
}

function parseDate({ line, name }: Pick<ContentLine, 'line' | 'name'>, value: string): number {
  const text = value.trim();
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  const time = Date.UTC(Number(year), Number(month) - 1, Number(date));
  if (year !== undefined && Number(year) >= 1970 && formatDay(time / DAY_MS).replaceAll('-', '') === text) {
    return time / DAY_MS;
  }
  return reject(line, `${name} must be a date such as 20261225 of an all-day event, got ${truncate(text, 40)}`);
}

const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Returns the starts of a yearly rule until `lastDay`. In years without the date (29 February) it has none. */
function expandRule({ line, value }: ContentLine, first: number, lastDay: number): readonly number[] {
  const parts = new Map<string, string>();
  for (const part of value.trim().split(';')) {
    const [name = '', text = ''] = part.toUpperCase().split('=');
    if (parts.has(name)) reject(line, `RRULE must name ${name} once`);
    parts.set(name, text);
  }
  const start = new Date(first * DAY_MS);
  const [month, date] = [start.getUTCMonth(), start.getUTCDate()];
  // Many programs repeat the date of the event in its rule.
  const repeated: Readonly<Record<string, number>> = { BYMONTH: month + 1, BYMONTHDAY: date };
  for (const [name, text] of parts) {
    const isKnown = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST'].includes(name) || repeated[name] === Number(text);
    if (!isKnown) reject(line, `RRULE must be yearly at the date of DTSTART, got ${truncate(`${name}=${text}`, 40)}`);
  }
  if (parts.get('FREQ') !== 'YEARLY') {
    return reject(line, `RRULE must have FREQ=YEARLY, got ${truncate(parts.get('FREQ') ?? 'none', 40)}`);
  }
  if (parts.has('COUNT') && parts.has('UNTIL')) return reject(line, 'RRULE must have COUNT or UNTIL, not both');
  const interval = parseCount(line, 'INTERVAL', parts.get('INTERVAL') ?? '1');
  const count = parts.has('COUNT') ? parseCount(line, 'COUNT', parts.get('COUNT') ?? '') : Number.POSITIVE_INFINITY;
  const until = parts.has('UNTIL') ? parseUntil(line, parts.get('UNTIL') ?? '') : lastDay;
  const last = parts.has('COUNT') ? Number.POSITIVE_INFINITY : until;
  const starts: number[] = [];
  for (let year = start.getUTCFullYear(); starts.length < count && year <= 2199; year += interval) {
    const day = Date.UTC(year, month, date) / DAY_MS;
    if (day > last) break;
    if (new Date(day * DAY_MS).getUTCDate() === date) starts.push(day);
  }
  return starts;
}

function parseCount(line: number, name: string, text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return count >= 1 ? count : reject(line, `RRULE ${name} must be 1–9999, got ${truncate(text, 40)}`);
}

/** `UNTIL` is inclusive. Programs write a date, or a time although the event has none. */
const parseUntil = (line: number, text: string): number =>
  parseDate({ line, name: 'RRULE UNTIL' }, text.replace(/T\d{6}Z?$/, ''));
