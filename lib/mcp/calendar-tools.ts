import * as z from 'zod';
import type { CalendarView, ListedCalendarView, StoredCalendarView } from '../../functions/api/runner/calendars.ts';
import { CALENDAR_NAME, CALENDAR_NAME_RULE } from '../../functions/core/domain/calendar.ts';
import { path } from '../cli/api.ts';
import { countFitting, leftOut, omitEmpty } from './answer.ts';
import { item, items } from './inputs.ts';
import { defineTool } from './tool.ts';

const calendarName = () =>
  z.string().regex(CALENDAR_NAME, `must be ${CALENDAR_NAME_RULE}`).describe('Name of a calendar: see list_calendars.');
const ifMatch = () =>
  z.string().optional().describe('The etag of get_calendar: fails if the calendar has changed since.');

const listCalendars = defineTool({
  name: 'list_calendars',
  title: 'List calendars',
  effect: 'read',
  description:
    'Lists the calendars of the tenant: named sets of dates that the schedules of jobs exclude or require, such as public ' +
    'holidays. expired: the calendar has no date from today on, so it no longer affects jobs.',
  input: { after: z.string().optional().describe('Lists the calendars behind this name.') },
  output: { calendars: items('name, count, first_date, last_date, expired, created_at, updated_at.') },
  async call({ after = '' }, { api, maxBytes }) {
    const { calendars } = await api.get<{ readonly calendars: readonly ListedCalendarView[] }>('/calendars');
    const all = calendars.filter(({ name }) => name > after).map((calendar) => omitEmpty({ ...calendar }));
    const shown = all.slice(0, countFitting(all, maxBytes));
    const left = all.length - shown.length;
    const last = String(shown.at(-1)?.name);
    return { calendars: shown, ...leftOut(left > 0 && `${left} more calendars: call again with after=${last}`) };
  },
});

const getCalendar = defineTool({
  name: 'get_calendar',
  title: 'Get a calendar',
  effect: 'read',
  description:
    'One calendar with its dates, the jobs that name it, and its etag for put_calendar and delete_calendar. Use it for ' +
    '"why did this job not run on that day?".',
  input: { name: calendarName(), from: z.iso.date().optional().describe('Only dates from this one on.') },
  output: {
    calendar: item().describe('name, count, first_date, last_date, expired, jobs, created_at, updated_at.'),
    dates: z.array(z.string()).describe('Ascending.'),
    etag: z.string(),
  },
  async call({ name, from = '' }, { api, maxBytes }) {
    const { body, etag } = await api.request<{ readonly calendar: CalendarView }>('GET', path`/calendars/${name}`);
    const { dates, ...calendar } = body.calendar;
    const all = dates.filter((date) => date >= from);
    // Half of the answer is for the names of the jobs.
    const shown = all.slice(0, countFitting(all, maxBytes / 2));
    const next = all[shown.length];
    return {
      calendar: omitEmpty(calendar),
      etag,
      dates: shown,
      ...leftOut(next !== undefined && `${all.length - shown.length} later dates: call again with from=${next}`),
    };
  },
});

const putCalendar = defineTool({
  name: 'put_calendar',
  title: 'Create or replace a calendar',
  effect: 'replace',
  description:
    'Sets all dates of a calendar, from a list or from an iCalendar file with all-day events. The schedules of the jobs ' +
    'that name it change at once. To add a date, get the calendar first and pass its etag as if_match. Jobs name calendars ' +
    'in exclude_calendars and require_calendars: see update_job.',
  input: {
    name: calendarName(),
    dates: z.array(z.string()).optional().describe('Dates such as 2026-12-25, at most 2,000.'),
    ical: z.string().optional().describe('The text of an iCalendar file, instead of dates.'),
    if_match: ifMatch(),
    if_absent: z.boolean().default(false).describe('Fails if the calendar exists.'),
  },
  output: {
    ok: z.boolean(),
    count: z.int().describe('Number of dates.'),
    last_date: z.string().nullable(),
    changed: z.boolean().describe('false: the calendar had these dates already.'),
    etag: z.string(),
  },
  async call({ name, dates, ical, if_match, if_absent }, { api }) {
    const { body, etag } = await api.request<StoredCalendarView>('PUT', path`/calendars/${name}`, {
      body: { dates, ical },
      headers: {
        ...(if_match !== undefined && { 'if-match': if_match }),
        ...(if_absent && { 'if-none-match': '*' }),
      },
    });
    const { ok, count, last_date, changed } = body;
    return { ok, count, last_date, changed, etag };
  },
});

const deleteCalendar = defineTool({
  name: 'delete_calendar',
  title: 'Delete a calendar',
  effect: 'replace',
  description:
    'Deletes a calendar. It cannot be undone. Fails while jobs name the calendar: change them by update_job first.',
  input: { name: calendarName(), if_match: ifMatch() },
  output: { ok: z.boolean() },
  async call({ name, if_match }, { api }) {
    const headers = if_match === undefined ? {} : { 'if-match': if_match };
    await api.request('DELETE', path`/calendars/${name}`, { headers });
    return { ok: true };
  },
});

export const calendarTools = [listCalendars, getCalendar, putCalendar, deleteCalendar];
