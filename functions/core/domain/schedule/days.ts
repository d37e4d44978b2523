import { DAY_OF_MONTH, type Field, foldAlias, parseField, parseValue } from './fields.ts';
import { rejectSchedule } from './reject-schedule.ts';
import type { DayRule } from './types.ts';

const ALL_DATES = 31;
const ALL_WEEKDAYS = 7;

/** @returns `true` if the rule matches every day of every month */
export function isEveryDay(rule: DayRule): boolean {
  if (rule.kind === 'dates') return rule.days.length === ALL_DATES;
  return rule.kind === 'weekdays' && rule.days.length === ALL_WEEKDAYS;
}

/** Parses the day-of-month field. `?` matches every day; the caller checks whether it is allowed. */
export function parseDayOfMonth(text: string): DayRule {
  if (text === '?') return { kind: 'dates', days: parseField(DAY_OF_MONTH, '*') };
  if (!/[LW]/i.test(text)) return { kind: 'dates', days: parseField(DAY_OF_MONTH, text) };
  if (/^LW$/i.test(text)) return { kind: 'last-workday' };
  if (/^L$/i.test(text)) return { kind: 'last-date', before: 0 };
  const before = /^L-(\d+)$/i.exec(text)?.[1];
  if (before !== undefined) {
    if (Number(before) >= 1 && Number(before) <= 30) return { kind: 'last-date', before: Number(before) };
    return rejectSchedule(`day-of-month L-n takes n from 1–30, got ${text}`);
  }
  const workday = /^(\d+)W$/i.exec(text)?.[1];
  if (workday) return { kind: 'nearest-workday', day: parseValue(DAY_OF_MONTH, workday) };
  return rejectSchedule(`day-of-month takes L, L-n, LW and nW only alone, got '${text}'`);
}

/**
 * Parses the day-of-week field with the numbering of `field`. `?` matches every day; the caller checks whether it is
 * allowed.
 */
export function parseDayOfWeek(field: Field, text: string): DayRule {
  const weekday = (value: string): number => foldAlias(field, parseValue(field, value)) - field.min;
  if (text === '?') return { kind: 'weekdays', days: parseField(field, '*').map((day) => day - field.min) };
  const [, nthDay, nth] = /^([a-z0-9]+)#([a-z0-9]+)$/i.exec(text) ?? [];
  if (nthDay !== undefined && nth !== undefined) {
    if (!/^[1-5]$/.test(nth)) return rejectSchedule(`day-of-week d#n takes n from 1–5, got ${text}`);
    return { kind: 'nth-weekday', day: weekday(nthDay), nth: Number(nth) };
  }
  const lastDay = /^([a-z0-9]+)L$/i.exec(text)?.[1];
  if (lastDay !== undefined) return { kind: 'last-weekday', day: weekday(lastDay) };
  if (/#|L(?:,|$)/i.test(text)) return rejectSchedule(`day-of-week takes dL and d#n only alone, got '${text}'`);
  return { kind: 'weekdays', days: parseField(field, text).map((day) => day - field.min) };
}
