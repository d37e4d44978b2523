import { InvalidInput } from '../errors.ts';
import { truncate } from '../text.ts';
import { DAY_MS, HOUR_MS } from '../timing.ts';
import { isTimezone } from './timezone-names.ts';

/** The clock of a time zone. Times are epoch milliseconds; an offset is local time minus UTC. */
export interface Zone {
  readonly name: string;
  readonly format: Intl.DateTimeFormat;
  /** Cached offsets at UTC midnights, by day number. Computing one takes about a microsecond. */
  readonly midnights: Map<number, number>;
}

/** A period with a constant offset: `from` inclusive, `to` exclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** Maximum number of cached offsets per zone (13 years): about 150 KB. */
const MAX_CACHED_MIDNIGHTS = 5_000;

const zones = new Map<string, Zone>();

/** @throws InvalidInput (field `timezone`) if the name is not an IANA name */
export function getZone(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  if (!isTimezone(name)) {
    throw new InvalidInput(
      'timezone',
      `must be an IANA name such as Europe/Berlin or UTC, got '${truncate(name, 64)}'`,
    );
  }
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  const zone: Zone = { name, format, midnights: new Map() };
  zones.set(name, zone);
  return zone;
}

/**
 * Returns the offset at `time`, a whole second. Parsing `MM/DD/YYYY, hh:mm:ss` is three times as fast as
 * `formatToParts`.
 */
function offsetAt(zone: Zone, time: number): number {
  const text = zone.format.format(time);
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  const local = Date.UTC(part(6, 10), part(0, 2) - 1, part(3, 5), part(12, 14), part(15, 17), part(18, 20));
  return local - time;
}

function midnightOffset(zone: Zone, day: number): number {
  const known = zone.midnights.get(day);
  if (known !== undefined) return known;
  if (zone.midnights.size >= MAX_CACHED_MIDNIGHTS) zone.midnights.clear();
  const offset = offsetAt(zone, day * DAY_MS);
  zone.midnights.set(day, offset);
  return offset;
}

/** Returns the second within UTC day `day` at which the offset changes. */
function changeWithin(zone: Zone, day: number): number {
  const before = midnightOffset(zone, day);
  let low = (day * DAY_MS) / 1000;
  let high = ((day + 1) * DAY_MS) / 1000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}

/**
 * Returns the offsets in force while the local date is `day`. Offsets are -12 to +14 hours, so UTC days `day` ± 1
 * suffice.
 */
function spansOf(zone: Zone, day: number): Span[] {
  const spans: Span[] = [];
  let from = Number.NEGATIVE_INFINITY;
  let offset = midnightOffset(zone, day - 1);
  for (let d = day - 1; d <= day + 1; d++) {
    const next = midnightOffset(zone, d + 1);
    if (next === offset) continue;
    const to = changeWithin(zone, d);
    spans.push({ from, to, offset });
    from = to;
    offset = next;
  }
  spans.push({ from, to: Number.POSITIVE_INFINITY, offset });
  return spans;
}

/** Returns the local day number of an instant. */
export function localDayOf(zone: Zone, time: number): number {
  const day = Math.floor(time / DAY_MS);
  const before = midnightOffset(zone, day);
  // Most days have one offset; only a day of a clock change needs that of the instant itself.
  const offset = before === midnightOffset(zone, day + 1) ? before : offsetAt(zone, Math.floor(time / 1000) * 1000);
  return Math.floor((time + offset) / DAY_MS);
}

/** Returns an instant that is not after the start of the local day in any time zone. */
export const earliestInstant = (day: number): number => day * DAY_MS - 14 * HOUR_MS;

/** Returns an instant that is not before the end of the local day in any time zone. */
export const latestInstant = (day: number): number => (day + 1) * DAY_MS + 12 * HOUR_MS;

/** Returns the smallest local day number that `time` has in any time zone. */
export function earliestLocalDay(time: number): number {
  return Math.floor((time - 12 * HOUR_MS) / DAY_MS);
}

/** Returns the largest local day number that `time` has in any time zone. */
export function latestLocalDay(time: number): number {
  return Math.floor((time + 14 * HOUR_MS) / DAY_MS);
}

/**
 * Yields the instants at which local clocks show `times` (milliseconds since midnight, ascending) on local date `day`.
 * By the rule of EventBridge Scheduler a skipped local time has no instant, and a repeated one has only its first: see
 * "Daylight savings time" in https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function* instantsOf(zone: Zone, day: number, times: Iterable<number>): Generator<number> {
  const midnight = day * DAY_MS;
  const spans = spansOf(zone, day);
  for (const time of times) {
    const shown = spans.find(({ from, to, offset }) => {
      const instant = midnight + time - offset;
      return instant >= from && instant < to;
    });
    if (shown) yield midnight + time - shown.offset;
  }
}
