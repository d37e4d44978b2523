import type { CalendarContent } from '../api/calendars.ts';
import { FormError } from './job-field.ts';

const DAY_MS = 86_400_000;

/**
 * Parses typed or pasted text: dates such as `2026-12-25`, separated by spaces, commas, semicolons or lines, or an
 * iCalendar file, which the API parses.
 *
 * @throws FormError (field `dates`) if a word is no date
 */
export function parseCalendarText(text: string): CalendarContent {
  if (/^\uFEFF?\s*BEGIN:VCALENDAR/i.test(text)) return { ical: text };
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const wrong = words.find((word) => !isDate(word));
  if (wrong !== undefined)
    throw new FormError('dates', `Must be dates such as 2026-12-25, got "${wrong.slice(0, 80)}"`);
  return { dates: words };
}

const isDate = (word: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(word) && new Date(`${word}T00:00:00Z`).toJSON()?.slice(0, 10) === word;

/** Returns the field of the form for a field of the API. */
export function calendarFieldFor(name: string): 'name' | 'dates' | undefined {
  if (name === 'name' || name === 'if-none-match') return 'name';
  return /^(dates|ical)\b/.test(name) ? 'dates' : undefined;
}

/**
 * Returns the years that a page about a calendar offers, ascending: from the first to the last of its dates, and the
 * current year.
 */
export function yearsOf(dates: readonly string[], currentYear: number): readonly number[] {
  const years = [...dates.map((date) => Number(date.slice(0, 4))), currentYear];
  const [first, last] = [Math.min(...years), Math.max(...years)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A day in the view of a month. */
export interface DayCell {
  readonly date: string;
  readonly day: number;
  readonly isMarked: boolean;
}

/** A month as weeks from Monday to Sunday; `undefined` for the days of other months. */
export interface MonthView {
  readonly name: string;
  readonly weeks: readonly (readonly (DayCell | undefined)[])[];
  /** Number of marked days. */
  readonly count: number;
}

const monthFormat = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });

/** Returns the twelve months of a year with the days of a calendar marked. */
export function monthsOf(year: number, dates: readonly string[]): readonly MonthView[] {
  const marked = new Set(dates);
  return Array.from({ length: 12 }, (_, month) => {
    const first = Date.UTC(year, month, 1);
    const length = (Date.UTC(year, month + 1, 1) - first) / DAY_MS;
    const days = Array.from({ length }, (_, i): DayCell => {
      const date = new Date(first + i * DAY_MS).toISOString().slice(0, 10);
      return { date, day: i + 1, isMarked: marked.has(date) };
    });
    const skipped = (new Date(first).getUTCDay() + 6) % 7;
    const cells = [...Array.from({ length: skipped }, () => undefined), ...days];
    const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) =>
      Array.from({ length: 7 }, (_, i) => cells[week * 7 + i]),
    );
    return { name: monthFormat.format(first), weeks, count: days.filter(({ isMarked }) => isMarked).length };
  });
}

const dateFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** Formats a date: `Fri, 25 Dec 2026`. */
export const formatDate = (date: string): string => dateFormat.format(Date.parse(date));
