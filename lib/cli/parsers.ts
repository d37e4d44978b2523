import { UsageError } from './errors.ts';
import { toTime } from './time.ts';

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
