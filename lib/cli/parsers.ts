import { UsageError } from './errors.ts';
import { parseDuration, toDay, toTime } from './time.ts';

/** 100 years. */
const MAX_DURATION_MS = 36_525 * 86_400_000;

/** Parses an option that is a whole number. @throws UsageError */
export const wholeNumber =
  (option: string) =>
  (text: string): number => {
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option} must be a whole number, got '${text}'`);
    return Number(text);
  };

/** Parses an option that is a time or an age: see `toTime`. @throws UsageError */
export const time =
  (option: string) =>
  (text: string): string =>
    toTime(text, option, Date.now());

/** Parses an option that is a day or an age: see `toDay`. @throws UsageError */
export const day =
  (option: string) =>
  (text: string): string =>
    toDay(text, option, Date.now());

/** Parses an option that is a duration such as `7d`. The value is in milliseconds, at most 100 years. @throws UsageError */
export const duration =
  (option: string) =>
  (text: string): number => {
    const length = parseDuration(text);
    if (length !== undefined && length <= MAX_DURATION_MS) return length;
    throw new UsageError(`--${option} must be a duration such as 90m, 12h, 7d or 2w, got '${text}'`);
  };
