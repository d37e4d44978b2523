import { DAY_MS } from '../timing.ts';
import type { CronSchedule, DayRule } from './types.ts';

const SUNDAY = 0;
const SATURDAY = 6;

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/**
 * Returns the Monday-to-Friday nearest to `day` within the month.
 *
 * @param first weekday of the first day of the month
 */
function nearestWorkday(day: number, first: number, length: number): number {
  const weekday = (first + day - 1) % 7;
  if (weekday === SATURDAY) return day === 1 ? day + 2 : day - 1;
  if (weekday === SUNDAY) return day === length ? day - 2 : day + 1;
  return day;
}

/** Returns the days of a month that match a rule, ascending. */
export function datesOf(rule: DayRule, year: number, month: number): number[] {
  const length = daysInMonth(year, month);
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const firstOf = (weekday: number): number => 1 + ((weekday - first + 7) % 7);
  const within = (day: number): number[] => (day >= 1 && day <= length ? [day] : []);
  switch (rule.kind) {
    case 'dates':
      return rule.days.filter((day) => day <= length);
    case 'last-date':
      return within(length - rule.before);
    case 'last-workday':
      return [nearestWorkday(length, first, length)];
    case 'nearest-workday':
      return [nearestWorkday(rule.day, first, length)];
    case 'weekdays':
      return Array.from({ length }, (_, i) => i + 1).filter((day) => rule.days.includes((first + day - 1) % 7));
    case 'nth-weekday':
      return within(firstOf(rule.day) + 7 * (rule.nth - 1));
    case 'last-weekday': {
      const day = firstOf(rule.day);
      return [day + 7 * Math.floor((length - day) / 7)];
    }
  }
}

function datesOfMonth(cron: CronSchedule, year: number, month: number): number[] {
  const dates = new Set(cron.days.flatMap((rule) => datesOf(rule, year, month)));
  return [...dates].sort((a, b) => a - b);
}

/** Returns the day number of a date: days since 1970-01-01. */
function dayNumber(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date) / DAY_MS;
}

/**
 * Yields the day numbers on which a schedule fires, ascending from `day` (inclusive) to the end of the schedule's last
 * year.
 */
export function* daysFrom(cron: CronSchedule, day: number): Generator<number> {
  const start = new Date(day * DAY_MS);
  for (const year of cron.years) {
    if (year < start.getUTCFullYear()) continue;
    for (const month of cron.months) {
      if (dayNumber(year, month + 1, 1) <= day) continue;
      for (const date of datesOfMonth(cron, year, month)) {
        const number = dayNumber(year, month, date);
        if (number >= day) yield number;
      }
    }
  }
}

/**
 * Yields the day numbers on which a schedule fires, descending from `day` (inclusive) to the start of the schedule's
 * first year.
 */
export function* daysUntil(cron: CronSchedule, day: number): Generator<number> {
  for (const year of cron.years.toReversed()) {
    for (const month of cron.months.toReversed()) {
      if (dayNumber(year, month, 1) > day) continue;
      for (const date of datesOfMonth(cron, year, month).toReversed()) {
        const number = dayNumber(year, month, date);
        if (number <= day) yield number;
      }
    }
  }
}
