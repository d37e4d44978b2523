import type { CalendarView } from '../../functions/api/runner/calendars.ts';
import { type ApiClient, ApiError, path } from '../cli/api.ts';
import type { CalendarAction, CalendarPlan, CurrentCalendar } from './calendar-plan.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { retryThrottled } from './retry-throttled.ts';

/** Calendars of one tenant that are read or written at a time. */
const CONCURRENCY = 4;

/** The result of the change of a calendar. */
export interface CalendarOutcome {
  readonly name: string;
  /** The reason why the calendar was not changed; `undefined` if it was. */
  readonly error: string | undefined;
}

/** Reads those of the calendars that the tenant has. */
export async function readCurrentCalendars(
  api: ApiClient,
  wanted: readonly Pick<CurrentCalendar, 'name'>[],
): Promise<readonly CurrentCalendar[]> {
  const read = await mapConcurrently(wanted, CONCURRENCY, ({ name }) => readCalendar(api, name));
  return read.filter((calendar) => calendar !== undefined);
}

async function readCalendar(api: ApiClient, name: string): Promise<CurrentCalendar | undefined> {
  try {
    const { body, etag = '' } = await retryThrottled(() =>
      api.request<{ readonly calendar: CalendarView }>('GET', path`/calendars/${name}`),
    );
    return { name, dates: body.calendar.dates, etag };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Writes the calendars of a plan, before the jobs that name them. Each write requires the version that the plan was made
 * from, and a failed one does not stop the others.
 */
export const executeCalendarPlan = (api: ApiClient, { actions }: CalendarPlan): Promise<readonly CalendarOutcome[]> =>
  mapConcurrently(actions, CONCURRENCY, async ({ calendar: { name, dates }, current }: CalendarAction) => {
    const headers = current ? { 'if-match': current.etag } : { 'if-none-match': '*' };
    try {
      await retryThrottled(() => api.request('PUT', path`/calendars/${name}`, { body: { dates }, headers }));
      return { name, error: undefined };
    } catch (error) {
      const isChanged = error instanceof ApiError && error.status === 412;
      const message = error instanceof Error ? error.message : String(error);
      return { name, error: isChanged ? 'was changed meanwhile; run apply again' : message };
    }
  });
