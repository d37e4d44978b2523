import { UsageError } from './errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** An age such as `90s`, `30m`, `1h`, `7d`, `2w` or `1h30m`. */
const AGE = /^(?:\d{1,9}[smhdw])+$/;

/** Parses `90s`, `30m`, `1h`, `7d`, `2w` or `1h30m`. @returns milliseconds, or `undefined` for another text */
export function parseDuration(text: string): number | undefined {
  if (!AGE.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([smhdw])/g)) sum += Number(count) * (UNITS_MS[unit] ?? 0);
  return sum;
}

/** Help text for options that are times. */
export const TIME_HELP = `Times are ISO 8601, such as 2026-03-02T01:03:00Z, or how long ago: 90s, 30m, 1h, 7d, 2w.`;

/**
 * Converts an option that is a time to ISO 8601.
 *
 * @param text ISO 8601, or an age such as `1h30m`; `undefined` if the option is absent
 * @param now epoch milliseconds
 * @returns UTC for an age; anything that is not an age as it was given, since the API checks it
 * @throws UsageError for an age that is before the year 1970
 */
export function toTime<Text extends string | undefined>(text: Text, option: string, now: number): Text | string {
  const age = text === undefined ? undefined : parseDuration(text);
  if (age === undefined) return text;
  if (age > now) throw new UsageError(`--${option} must be after 1970, got '${text}' ago`);
  return new Date(now - age).toISOString();
}

/**
 * Converts an option that is a day to `YYYY-MM-DD`.
 *
 * @param text the day, or an age such as `7d`
 * @returns the day in UTC for an age; anything else as it was given, since the API checks it
 * @throws UsageError for an age that is before the year 1970
 */
export const toDay = (text: string, option: string, now: number): string =>
  AGE.test(text) ? toTime(text, option, now).slice(0, 10) : text;
