/**
 * A calendar of a project: a named set of dates that schedules exclude or require. Either `dates`, or `ical` with the text of
 * an iCalendar file.
 */
export type CalendarDefinition =
  | { readonly name: string; readonly dates: readonly string[]; readonly ical?: undefined }
  | { readonly name: string; readonly ical: string; readonly dates?: undefined };

/**
 * Declares a calendar, which jobs name in `exclude_calendars` and `require_calendars`. A file in `jobs/` exports it as
 * default, alone or in an array with jobs.
 *
 * @example
 * ```ts
 * // jobs/calendars.ts
 * import { defineCalendar } from 'jobdeck';
 * export default defineCalendar({ name: 'de-by', dates: ['2026-12-25', '2026-12-26'] });
 * ```
 */
export const defineCalendar = (calendar: CalendarDefinition): CalendarDefinition => calendar;
