/**
 * An independent implementation of cron expressions. Checks every minute of a period against the local time from
 * `Intl`, and matches each field by enumerating its values. Deliberately slow and simple; shares no code with
 * `functions/core/domain/schedule`.
 */

const MINUTE = 60_000;
const DAY = 86_400_000;
const QUARTER = 15;

interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly last: number;
}

/** The local time of one time zone at each minute of a period. */
export interface WallClock {
  readonly timezone: string;
  readonly from: number;
  readonly minuteOfDay: Int16Array;
  readonly dateIndex: Int16Array;
  readonly dates: readonly LocalDate[];
  /** 1 for minutes whose local time occurs for the first time, otherwise 0. */
  readonly first: Uint8Array;
  /** Instants at which the UTC offset changes. */
  readonly changes: readonly number[];
}

function offsetReader(timezone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (time) => {
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(format.format(time)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE;
  };
}

function localDate(dayNumber: number): LocalDate {
  const date = new Date(dayNumber * DAY);
  const [year = 0, month = 0, day = 0] = date.toISOString().slice(0, 10).split('-').map(Number);
  return { year, month, day, weekday: date.getUTCDay(), last: new Date(Date.UTC(year, month, 0)).getUTCDate() };
}

/**
 * Reads the local times of `timezone` from `from` to `to`, both at midnight UTC. UTC offsets change only on quarter
 * hours.
 */
export function wallClock(timezone: string, from: number, to: number): WallClock {
  const offsetAt = offsetReader(timezone);
  const length = (to - from) / MINUTE;
  const firstDay = Math.floor(from / DAY) - 1;
  const dates = Array.from({ length: (to - from) / DAY + 4 }, (_, i) => localDate(firstDay + i));
  const minuteOfDay = new Int16Array(length);
  const dateIndex = new Int16Array(length);
  const first = new Uint8Array(length);
  const changes: number[] = [];
  let offset = offsetAt(from - DAY);
  let latest = Number.NEGATIVE_INFINITY;
  for (let i = -DAY / MINUTE; i < length; i++) {
    const time = from + i * MINUTE;
    if (i % QUARTER === 0) {
      const now = offsetAt(time);
      if (now !== offset) changes.push(time);
      offset = now;
    }
    const local = time + offset;
    if (i >= 0) {
      minuteOfDay[i] = Math.floor((local % DAY) / MINUTE);
      dateIndex[i] = Math.floor(local / DAY) - firstDay;
      first[i] = local > latest ? 1 : 0;
    }
    latest = Math.max(latest, local);
  }
  return { timezone, from, minuteOfDay, dateIndex, dates, first, changes };
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

/** @returns whether the field `text` contains `value`, where values wrap around from `high` to `low` */
function names(text: string, value: number, low: number, high: number, words: readonly string[] = []): boolean {
  const size = high - low + 1;
  const onCircle = (v: number): number => low + ((v - low + size) % size);
  const read = (word: string): number => {
    const index = words.indexOf(word.toUpperCase());
    return index >= 0 ? low + index : Number(word);
  };
  return text.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [start = '', stop = item.includes('/') ? String(high) : start] =
      range === '*' ? [`${low}`, `${high}`] : range.split('-');
    const end = read(stop);
    let at = read(start);
    for (let walked = 0; walked <= size; walked++) {
      if (walked % Number(step) === 0 && onCircle(at) === value) return true;
      if (read(start) === end || (walked > 0 && onCircle(at) === onCircle(end))) return false;
      at++;
    }
    return false;
  });
}

function isWorkday(weekday: number): boolean {
  return weekday >= 1 && weekday <= 5;
}

/** @returns the workday of the date's month that is nearest to the day `target` */
function nearestWorkday(date: LocalDate, target: number): number {
  const weekdayOf = (day: number): number => (date.weekday + day - date.day + 70) % 7;
  const candidates = [target, target - 1, target + 1, target - 2, target + 2];
  return candidates.find((day) => day >= 1 && day <= date.last && isWorkday(weekdayOf(day))) ?? 0;
}

function dayOfMonthMatches(text: string, date: LocalDate): boolean {
  if (text === '?') return true;
  if (text === 'L') return date.day === date.last;
  if (text.startsWith('L-')) return date.day === date.last - Number(text.slice(2));
  if (text === 'LW') return isWorkday(date.weekday) && date.day === nearestWorkday(date, date.last);
  if (text.endsWith('W')) return date.day === nearestWorkday(date, Number(text.slice(0, -1)));
  return names(text, date.day, 1, 31);
}

function dayOfWeekMatches(text: string, date: LocalDate, sunday: number): boolean {
  const value = date.weekday + sunday;
  const matches = (day: string): boolean => names(day, value, sunday, sunday + 6, WEEKDAYS);
  if (text === '?') return true;
  if (text.includes('#')) {
    const [day = '', nth] = text.split('#');
    return matches(day) && Math.ceil(date.day / 7) === Number(nth);
  }
  if (text.endsWith('L')) return matches(text.slice(0, -1)) && date.day + 7 > date.last;
  return matches(text);
}

interface Matcher {
  readonly time: (minuteOfDay: number) => boolean;
  readonly date: (date: LocalDate) => boolean;
}

function timeOfDay(minute: string, hour: string): Matcher['time'] {
  const minutes = Array.from({ length: 60 }, (_, value) => names(minute, value, 0, 59));
  const hours = Array.from({ length: 24 }, (_, value) => names(hour, value, 0, 23));
  return (t) => minutes[t % 60] === true && hours[Math.floor(t / 60)] === true;
}

/** Matches a Unix cron of 5 fields. Both day fields combine with "or", or with "and" if one of them starts with `*`. */
function unix(expression: string): Matcher {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = expression.split(' ');
  const and = [dayOfMonth, dayOfWeek].some((text) => text.startsWith('*') || text === '?');
  return {
    time: timeOfDay(minute, hour),
    date: (date) => {
      const days = [dayOfMonthMatches(dayOfMonth, date), dayOfWeekMatches(dayOfWeek, date, 0)];
      return names(month, date.month, 1, 12, MONTHS) && (and ? days.every(Boolean) : days.some(Boolean));
    },
  };
}

/** Matches EventBridge's `cron(…)`: weekdays start at 1, and one day field is `?`. */
function eventBridge(expression: string): Matcher {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = expression
    .slice('cron('.length, -1)
    .split(' ');
  return {
    time: timeOfDay(minute, hour),
    date: (date) =>
      names(month, date.month, 1, 12, MONTHS) &&
      names(year, date.year, 1970, 2199) &&
      dayOfMonthMatches(dayOfMonth, date) &&
      dayOfWeekMatches(dayOfWeek, date, 1),
  };
}

/** Returns the fires of any of the expressions. A repeated local time fires only at its first occurrence. */
export function oracleFires(clock: WallClock, expressions: readonly string[]): number[] {
  const { first, minuteOfDay, dateIndex } = clock;
  const fired = new Uint8Array(first.length);
  for (const text of expressions) {
    const matcher = text.startsWith('cron(') ? eventBridge(text) : unix(text);
    const times = Uint8Array.from({ length: 1440 }, (_, minute) => Number(matcher.time(minute)));
    const dates = Uint8Array.from(clock.dates, (date) => Number(matcher.date(date)));
    for (let i = 0; i < fired.length; i++) {
      if (dates[dateIndex[i] ?? 0] && times[minuteOfDay[i] ?? 0] && first[i]) fired[i] = 1;
    }
  }
  const fires: number[] = [];
  for (let i = 0; i < fired.length; i++) if (fired[i]) fires.push(clock.from + i * MINUTE);
  return fires;
}
