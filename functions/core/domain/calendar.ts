import { createHash } from 'node:crypto';

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
