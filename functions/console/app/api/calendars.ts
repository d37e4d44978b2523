import { type Client, ifMatchHeader, type Versioned } from './client.ts';
import type { Calendar, ListedCalendar } from './types.ts';

const calendarPath = (name: string) => `/calendars/${encodeURIComponent(name)}`;

/** The dates of a calendar: a list, or an iCalendar file. */
export type CalendarContent = { readonly dates: readonly string[] } | { readonly ical: string };

/** Client for the calendars of the organization. */
export function createCalendarsApi(client: Client) {
  return {
    /** Returns the calendars by name, without their dates. */
    list: async (signal?: AbortSignal): Promise<readonly ListedCalendar[]> =>
      (await client.call<{ calendars: ListedCalendar[] }>('GET', '/calendars', { signal })).calendars,

    get: async (name: string, signal?: AbortSignal): Promise<Versioned<Calendar>> => {
      const { value, etag } = await client.callVersioned<{ calendar: Calendar }>('GET', calendarPath(name), { signal });
      return { value: value.calendar, etag };
    },

    /** Rejects with 412 if the calendar exists. */
    create: (name: string, content: CalendarContent) =>
      client.call('PUT', calendarPath(name), { body: content, headers: { 'if-none-match': '*' } }),
    /** @param etag the version to replace; `null` for any */
    replace: (name: string, content: CalendarContent, etag: string | null) =>
      client.call('PUT', calendarPath(name), { body: content, headers: ifMatchHeader(etag) }),
    /** Rejects with 409 if jobs name the calendar. */
    remove: (name: string) => client.call('DELETE', calendarPath(name)),
  };
}

export type CalendarsApi = ReturnType<typeof createCalendarsApi>;
