import { datesOf } from '../../../core/domain/calendar-dates.ts';
import type { DateFilter } from '../../../core/domain/schedule/date-filter.ts';
import { ApiError } from '../api/errors.ts';
import { useApp } from '../app-context.ts';
import { type FormTexts, parseList } from '../view/job-field.ts';
import { usePoll } from './use-poll.ts';

/** The dates that the calendars of a form leave. */
export interface CalendarDates {
  /** `undefined` for all dates. */
  readonly dates: DateFilter | undefined;
  /** `false` until the calendars have been loaded, and if they cannot be. */
  readonly isKnown: boolean;
}

/** Loads the calendars that a form names, and again when it names others. */
export function useCalendarDates(form: FormTexts): CalendarDates {
  const { calendars } = useApp();
  const excludeCalendars = parseList(form.exclude_calendars ?? '');
  const requireCalendars = parseList(form.require_calendars ?? '');
  const names = [...new Set([...excludeCalendars, ...requireCalendars])].sort();
  const load = async (signal: AbortSignal) => {
    const loaded = await Promise.all(
      names.map(async (name) => {
        try {
          return [name, (await calendars.get(name, signal)).value] as const;
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) return undefined;
          throw error;
        }
      }),
    );
    return new Map(loaded.filter((entry) => entry !== undefined));
  };
  const { data } = usePoll(`dates of ${names.join()}`, load, undefined);
  if (names.length === 0) return { dates: undefined, isKnown: true };
  if (data === undefined) return { dates: undefined, isKnown: false };
  return { dates: datesOf({ excludeCalendars, requireCalendars }, data), isKnown: true };
}
