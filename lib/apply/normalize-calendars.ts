import {
  CALENDAR_DATE_RULE,
  CALENDAR_NAME,
  CALENDAR_NAME_RULE,
  isCalendarDate,
  MAX_CALENDAR_DATES,
  sortDates,
} from '../../functions/core/domain/calendar.ts';
import { InvalidInput } from '../../functions/core/domain/errors.ts';
import { parseICalendar } from '../../functions/core/domain/icalendar.ts';
import type { CalendarOfFile } from '../project/load-project.ts';
import type { WantedCalendar } from './calendar-plan.ts';

/** Calendars that are valid, and the problems of the others: `jobs/a.ts: calendar 'de-by': dates[0]: must be …`. */
export interface NormalizedCalendars {
  readonly calendars: readonly WantedCalendar[];
  readonly errors: readonly string[];
}

/**
 * Validates calendars as the API does, and determines the dates of iCalendar files.
 *
 * @param now epoch milliseconds; rules without an end are expanded from this year on
 */
export function normalizeCalendars(declared: readonly CalendarOfFile[], now: number): NormalizedCalendars {
  const calendars: WantedCalendar[] = [];
  const errors: string[] = [];
  for (const { file, calendar } of declared) {
    try {
      calendars.push({ file, name: readName(calendar.name), dates: readDates(calendar, now) });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      errors.push(`${file}: calendar '${calendar.name}': ${error.message}`);
    }
  }
  return { calendars, errors };
}

/** @throws InvalidInput */
function readName(name: string): string {
  if (CALENDAR_NAME.test(name)) return name;
  throw new InvalidInput('name', `must be ${CALENDAR_NAME_RULE}, got ${JSON.stringify(name)}`);
}

/** @throws InvalidInput */
function readDates({ dates, ical }: CalendarOfFile['calendar'], now: number): readonly string[] {
  if (dates !== undefined && ical !== undefined) throw new InvalidInput('ical', 'must be absent beside dates');
  if (ical !== undefined) return parseICalendar(ical, now);
  if (!Array.isArray(dates)) throw new InvalidInput('dates', `must be a list, got ${JSON.stringify(dates)}`);
  for (const [i, date] of dates.entries()) {
    const isDate = typeof date === 'string' && isCalendarDate(date);
    if (!isDate) throw new InvalidInput(`dates[${i}]`, `must be ${CALENDAR_DATE_RULE}, got ${JSON.stringify(date)}`);
  }
  const sorted = sortDates(dates);
  if (sorted.length <= MAX_CALENDAR_DATES) return sorted;
  throw new InvalidInput('dates', `must have at most ${MAX_CALENDAR_DATES} entries, got ${sorted.length}`);
}
