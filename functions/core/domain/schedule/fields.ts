import { rejectSchedule } from './reject-schedule.ts';
import { FIRST_YEAR, LAST_YEAR } from './types.ts';

/** A field of a cron expression: a set of numbers, written as values, ranges, steps and lists of these. */
export interface Field {
  readonly name: string;
  readonly min: number;
  /** The largest value included in `*`. */
  readonly max: number;
  /** A value above `max` that is equivalent to `min`: Unix cron's 7 is Sunday, like 0. */
  readonly alias?: number;
  /** Names of the values, starting at `min`. */
  readonly names?: readonly string[];
  /** Allows ranges that wrap around (`22-2`, `FRI-MON`). */
  readonly wraps: boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export const MINUTE: Field = { name: 'minute', min: 0, max: 59, wraps: true };
export const HOUR: Field = { name: 'hour', min: 0, max: 23, wraps: true };
export const DAY_OF_MONTH: Field = { name: 'day-of-month', min: 1, max: 31, wraps: true };
export const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS, wraps: true };
/** Unix cron numbers weekdays 0–6 from Sunday, and accepts 7 for Sunday. */
export const UNIX_WEEKDAY: Field = { name: 'day-of-week', min: 0, max: 6, alias: 7, names: WEEKDAYS, wraps: true };
/** EventBridge numbers weekdays 1–7 from Sunday. */
export const AWS_WEEKDAY: Field = { name: 'day-of-week', min: 1, max: 7, names: WEEKDAYS, wraps: true };
export const YEAR: Field = { name: 'year', min: FIRST_YEAR, max: LAST_YEAR, wraps: false };

/** Returns the allowed values for an error message, for example `1–12 or JAN–DEC`. */
function allowed(field: Field): string {
  const numbers = `${field.min}–${field.alias ?? field.max}`;
  return field.names ? `${numbers} or ${field.names[0]}–${field.names.at(-1)}` : numbers;
}

/** Parses a number or name. An alias is returned unchanged. */
export function parseValue(field: Field, text: string): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.min + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  const inRange = value >= field.min && value <= (field.alias ?? field.max);
  return inRange ? value : rejectSchedule(`${field.name} must be ${allowed(field)}, got ${text}`);
}

function parseStep(field: Field, text: string): number {
  const most = field.min === 0 ? (field.alias ?? field.max) : field.max - field.min + 1;
  const step = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return step >= 1 && step <= most ? step : rejectSchedule(`${field.name} step must be 1–${most}, got ${text}`);
}

/** Maps an alias to the value that it represents. */
export function foldAlias(field: Field, value: number): number {
  return value > field.max ? value - (field.max - field.min + 1) : value;
}

const ITEM = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/([a-z0-9]+))?$/i;

function parseItem(field: Field, text: string): number[] {
  const [, first, second, stepText] = ITEM.exec(text) ?? [];
  if (first === undefined || (first === '*' && second !== undefined)) {
    return rejectSchedule(
      `${field.name} must be a value, a range, a step or a list of these (${allowed(field)}), got '${text}'`,
    );
  }
  const from = first === '*' ? field.min : parseValue(field, first);
  const to = second === undefined ? (first === '*' || stepText ? field.max : from) : parseValue(field, second);
  const step = stepText === undefined ? 1 : parseStep(field, stepText);
  if (from === to) return [foldAlias(field, from)];
  const start = foldAlias(field, from);
  if (start > to && !field.wraps) return rejectSchedule(`${field.name} range must ascend, got ${text}`);
  const end = start > to ? to + (field.max - field.min + 1) : to;
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(foldAlias(field, value));
  return values;
}

/** Returns the values of a field, ascending and without duplicates. */
export function parseField(field: Field, text: string): number[] {
  const values = new Set(text.split(',').flatMap((item) => parseItem(field, item)));
  return [...values].sort((a, b) => a - b);
}
