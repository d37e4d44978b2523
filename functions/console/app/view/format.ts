/** Formats of numbers, times and durations: English, 24-hour clock, with time zone. */

const LOCALE = 'en-GB';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const small = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** Formats a rate per second: `1,234/s`; below ten with two significant digits: `7.5/s`, `0.041/s`. */
export const formatRate = (perSecond: number): string => `${(perSecond < 10 ? small : whole).format(perSecond)}/s`;

/** `12,345` */
export const formatCount = (count: number): string => whole.format(count);

/** Formats a duration in its two largest units: `480 ms`, `2.4 s`, `1 min 30 s`, `3 h 5 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return inUnits(ms, [MINUTE, 'min'], [SECOND, 's']);
  if (ms < DAY) return inUnits(ms, [HOUR, 'h'], [MINUTE, 'min']);
  return inUnits(ms, [DAY, 'd'], [HOUR, 'h']);
}

type Unit = readonly [ms: number, name: string];

function inUnits(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

/** Formats a time relative to now, in one unit: `just now`, `3 min ago`, `in 2 h`. */
export function formatRelativeTime(time: number, now: number): string {
  const ms = Math.abs(now - time);
  if (ms < 5 * SECOND) return now >= time ? 'just now' : 'now';
  const units: readonly Unit[] = [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [SECOND, 's'],
  ];
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [SECOND, 's'];
  const text = `${Math.floor(ms / size)} ${name}`;
  return now >= time ? `${text} ago` : `in ${text}`;
}

const formattable = new Map<string, boolean>();

/** @returns whether the browser supports the time zone */
export function isSupportedTimeZone(timeZone: string): boolean {
  const known = formattable.get(timeZone) ?? canFormat(timeZone);
  formattable.set(timeZone, known);
  return known;
}

function canFormat(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat(LOCALE, { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * Returns the browser's time zone, or `UTC` if the browser reports none or an unsupported one such as `Etc/Unknown`.
 */
export function browserTimeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return timeZone && isSupportedTimeZone(timeZone) ? timeZone : 'UTC';
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Returns a cached format. An unsupported time zone, such as one that is newer than the browser, is replaced by UTC.
 */
function cachedFormat(name: string, { timeZone: wanted = 'UTC', ...options }: Intl.DateTimeFormatOptions) {
  const timeZone = isSupportedTimeZone(wanted) ? wanted : 'UTC';
  const key = `${name} ${timeZone}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(LOCALE, { ...options, timeZone, hourCycle: 'h23' });
  formats.set(key, known);
  return known;
}

/** `22 Nov 2026, 03:04:05 CET` */
export function formatTime(time: number, timeZone: string): string {
  return cachedFormat('time', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(time);
}

/** `Sun 22 Nov, 03:04 CET`, for fires, which have a resolution of one minute. */
export function formatMinute(time: number, timeZone: string): string {
  return cachedFormat('minute', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(time);
}

/** `03:04:05.678 CET`, for the steps of a run. */
export function formatTimeOfDay(time: number, timeZone: string): string {
  return cachedFormat('clock', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
  }).format(time);
}

/** `1 run`, `3 runs` */
export const pluralize = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Formats bytes in powers of 1,000: `480 B`, `2.4 MB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${power > 0 && value < 10 ? (Math.floor(value * 10) / 10).toFixed(1) : Math.floor(value)} ${UNITS[power]}`;
}

/** Formats a share of 0–1: `12 %`, `0.4 %`; `–` for `null`. */
export function formatPercent(share: number | null): string {
  if (share === null) return '–';
  const percent = share * 100;
  return `${percent > 0 && percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Formats milliseconds; `–` if they are unknown. */
export const formatLatency = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? '–' : formatDuration(ms);

/** Formats labels as `name=value, name=value`, sorted by name. */
export const formatLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(', ');
