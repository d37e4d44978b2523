import { createHash } from 'node:crypto';
import type { Job } from './job.ts';
import type { DateFilter } from './schedule/index.ts';
import { DAY_MS } from './timing.ts';

/** A named set of dates of a tenant, which jobs exclude or require. */
export interface Calendar {
  readonly name: string;
  /** Dates as `yyyy-mm-dd`, ascending, each once. */
  readonly dates: readonly string[];
  /** Version: equal for equal dates. */
  readonly tag: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The calendars that a job names. */
export type NamedCalendars = Pick<Job, 'excludeCalendars' | 'requireCalendars'>;

export const CALENDAR_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const CALENDAR_NAME_RULE = '1–64 characters of a–z, 0–9 and -, not starting with -';
/** Maximum number of calendars of a tenant. */
export const MAX_CALENDARS = 100;
/** Maximum number of dates of a calendar: 22 KB in its row. */
export const MAX_CALENDAR_DATES = 2_000;
/** Maximum number of calendars that a job excludes, and that it requires: a change of all fits in one transaction of 100 writes. */
export const MAX_JOB_CALENDARS = 8;

export const CALENDAR_DATE_RULE = 'a date such as 2026-12-25, from 1970-01-01 to 2199-12-31';

/** @returns whether a text is a date that a calendar can have */
export const isCalendarDate = (given: string): boolean =>
  /^(19[7-9]\d|20\d\d|21\d\d)-\d\d-\d\d$/.test(given) &&
  new Date(`${given}T00:00:00Z`).toJSON()?.slice(0, 10) === given;

/** Returns the dates in order, each once. */
export const sortDates = (dates: readonly string[]): readonly string[] => [...new Set(dates)].sort();

/** Returns the version of a calendar with these dates. */
export const calendarTag = (dates: readonly string[]): string =>
  createHash('sha256').update(dates.join(' ')).digest('base64url').slice(0, 22);

/** Returns the names of the calendars on which the ticks of a job depend, each once. */
export const calendarsOf = ({ excludeCalendars, requireCalendars }: NamedCalendars): readonly string[] => [
  ...new Set([...excludeCalendars, ...requireCalendars]),
];

/** Returns the day number of a date: days since 1970-01-01. */
const toDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/**
 * Returns the dates that a job's calendars leave: those in every required calendar and in no excluded one. A calendar that
 * does not exist has no dates.
 *
 * @returns `undefined` for a job that names no calendar
 */
export function datesOf(job: NamedCalendars, calendars: ReadonlyMap<string, Calendar>): DateFilter | undefined {
  if (calendarsOf(job).length === 0) return undefined;
  const daysOf = (name: string) => (calendars.get(name)?.dates ?? []).map(toDay);
  const excluded = new Set(job.excludeCalendars.flatMap(daysOf));
  const [first, ...others] = job.requireCalendars.map(daysOf);
  if (first === undefined) {
    const walk = (from: number, step: 1 | -1): number => {
      let day = from;
      while (excluded.has(day)) day += step;
      return day;
    };
    return { next: (day) => walk(day, 1), previous: (day) => walk(day, -1) };
  }
  const sets = others.map((days) => new Set(days));
  const selected = first.filter((day) => !excluded.has(day) && sets.every((days) => days.has(day)));
  return {
    next: (day) => selected.find((other) => other >= day) ?? null,
    previous: (day) => selected.findLast((other) => other <= day) ?? null,
  };
}
