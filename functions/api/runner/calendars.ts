import * as z from 'zod';
import {
  CALENDAR_DATE_RULE,
  CALENDAR_NAME,
  CALENDAR_NAME_RULE,
  type Calendar,
  calendarTag,
  isCalendarDate,
  MAX_CALENDAR_DATES,
  MAX_CALENDARS,
  sortDates,
} from '../../core/domain/calendar.ts';
import { calendarsOf } from '../../core/domain/calendar-dates.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { parseICalendar, RULE_YEARS } from '../../core/domain/icalendar.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { truncate } from '../../core/domain/text.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { findCalendar, listCalendars, putCalendar, removeCalendar } from '../../core/store/calendars.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { type IfMatch, readIfMatch } from '../http/if-match.ts';
import { readIfNoneMatch } from '../http/if-none-match.ts';
import { inputObject, listOf, orDefault, text, withKeywords } from '../http/input-schemas.ts';
import { lazy, type ParameterDoc, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, pathParameter, timestamp } from '../openapi/common-schemas.ts';

/** Maximum size of a request with an iCalendar file. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Attempts at a change that conflicts with concurrent changes. */
const MAX_TRIES = 8;
/** Job ids that an error names. */
const MAX_NAMED_JOBS = 10;

const date = () => withKeywords(z.string(), { format: 'date' });
const calendarFields = () => ({
  name: z.string(),
  count: nonNegativeInteger().describe('Number of dates.'),
  first_date: date().nullable(),
  last_date: date().nullable().describe('The last date: jobs see no date of the calendar afterwards.'),
  expired: z.boolean().describe('The calendar has no date from today on (UTC).'),
  created_at: timestamp(),
  updated_at: timestamp(),
});
const listedCalendar = lazy(() => namedSchema('RunnerListedCalendar', z.object(calendarFields())));
/** A calendar in the list of all calendars, without its dates. */
export type ListedCalendarView = ViewOf<typeof listedCalendar>;

const calendarSchema = lazy(() =>
  namedSchema(
    'RunnerCalendar',
    z.object({
      ...calendarFields(),
      dates: z.array(date()).describe('The dates, ascending.'),
      jobs: z.array(z.string()).describe('The ids of the jobs that name the calendar.'),
    }),
  ),
);
/** A calendar with its dates. */
export type CalendarView = ViewOf<typeof calendarSchema>;

const storedCalendar = lazy(() =>
  namedSchema(
    'RunnerStoredCalendar',
    z.object({
      ok: z.literal(true),
      name: z.string(),
      count: nonNegativeInteger(),
      last_date: date().nullable(),
      changed: z.boolean().describe('`false` if the calendar had these dates already.'),
    }),
  ),
);
/** The calendar after a request that creates or replaces it. */
export type StoredCalendarView = ViewOf<typeof storedCalendar>;

const CALENDAR_ETAG = { ETag: 'The version of the calendar, for `If-Match`.' };

const nameParameter = lazy(() =>
  pathParameter('name', 'The name of the calendar.', 'de-by', z.string().regex(CALENDAR_NAME)),
);
const matchHeader = (): ParameterDoc => ({
  name: 'If-Match',
  description: 'Entity tags or `*`. The request is rejected (412) unless the calendar is at one of the named versions.',
  schema: z.string(),
  example: '"2jmj7l5rSw0yVb_vlWAYkK"',
});
const createHeader = (): ParameterDoc => ({
  name: 'If-None-Match',
  description: '`*`: the request is rejected (412) if the calendar exists.',
  schema: z.literal('*'),
  example: '*',
});

const dateField = () => {
  const error = ({ input }: { readonly input?: unknown }) =>
    `must be ${CALENDAR_DATE_RULE}, got ${JSON.stringify(input)}`;
  return withKeywords(z.string({ error }).refine(isCalendarDate, { error }), { format: 'date' });
};

const calendarBody = lazy(() =>
  inputObject({
    dates: orDefault(listOf(dateField(), MAX_CALENDAR_DATES), null),
    ical: withKeywords(orDefault(text(MAX_BODY_BYTES), null), {
      description:
        'Instead of `dates`: an iCalendar file with all-day events, of which yearly rules may repeat. A rule without an ' +
        `end is expanded for ${RULE_YEARS} years.`,
    }),
  }),
);

export const calendarRoutes = [
  route({
    method: 'GET',
    path: '/calendars',
    operation: 'listCalendars',
    action: 'read',
    openapi: () => ({ summary: 'List calendars', description: `A tenant may have ${MAX_CALENDARS} calendars.` }),
    responses: () => ({
      200: { description: 'The calendars by name.', body: z.object({ calendars: z.array(listedCalendar()) }) },
    }),
    async handle({ caller: { tenant } }, { db, now }: Platform) {
      const calendars = await listCalendars(db, tenant);
      return { status: 200, body: { calendars: calendars.map((calendar) => toListedView(calendar, now())) } };
    },
  }),
  route({
    method: 'GET',
    path: '/calendars/{name}',
    operation: 'getCalendar',
    action: 'read',
    openapi: () => ({ summary: 'Get a calendar', pathParameters: nameParameter(), errors: [404] }),
    responses: () => ({
      200: {
        description: 'The calendar, and the jobs that name it.',
        body: z.object({ calendar: calendarSchema() }),
        headers: CALENDAR_ETAG,
      },
    }),
    async handle({ caller: { tenant }, params: { name } }, { db, now }: Platform) {
      const calendar = isCalendarName(name) ? await findCalendar(db, tenant, name) : undefined;
      if (!calendar) throw calendarNotFoundError();
      const jobs = await findJobsOf(db, tenant, name);
      const view = { ...toListedView(calendar, now()), dates: calendar.dates, jobs };
      return { status: 200, body: { calendar: view }, headers: { etag: etagOf(calendar) } };
    },
  }),
  route({
    method: 'PUT',
    path: '/calendars/{name}',
    operation: 'putCalendar',
    action: 'define',
    body: calendarBody,
    maxBodyBytes: MAX_BODY_BYTES,
    textBody: { type: 'text/calendar', field: 'ical' },
    openapi: () => ({
      summary: 'Create or replace a calendar',
      description:
        'A named set of dates that jobs exclude (`exclude_calendars`) or require (`require_calendars`). A change applies ' +
        'to their next runs at once. The body is JSON, or an iCalendar file of the type `text/calendar`.',
      pathParameters: nameParameter(),
      headers: [matchHeader(), createHeader()],
      bodyExample: { dates: ['2026-12-25', '2026-12-26'] },
      errors: [409, 412],
    }),
    responses: () => ({
      200: {
        description: 'The calendar was replaced, or had these dates already.',
        body: storedCalendar(),
        headers: CALENDAR_ETAG,
      },
      201: {
        description: 'The calendar was created.',
        body: storedCalendar(),
        headers: { Location: 'The path of the calendar.', ...CALENDAR_ETAG },
      },
    }),
    async handle({ caller: { tenant }, params: { name }, body, headers }, { db, now }: Platform) {
      if (!isCalendarName(name)) {
        throw new InvalidInput('name', `must be ${CALENDAR_NAME_RULE}, got ${JSON.stringify(truncate(name, 80))}`);
      }
      const dates = readDates(body, now());
      const preconditions = { ifMatch: readIfMatch(headers), ifNoneMatch: readIfNoneMatch(headers) };
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const seen = await findCalendar(db, tenant, name);
        assertPreconditions(seen, preconditions);
        const isUnchanged = seen !== undefined && seen.dates.join() === dates.join();
        const at = new Date(now()).toISOString();
        if (!isUnchanged && !(await putCalendar(db, tenant, { name, dates }, seen, at))) continue;
        const stored = { ok: true as const, name, count: dates.length, last_date: dates.at(-1) ?? null };
        const etag = `"${calendarTag(dates)}"`;
        return seen
          ? { status: 200, body: { ...stored, changed: !isUnchanged }, headers: { etag } }
          : { status: 201, body: { ...stored, changed: true }, headers: { location: `/calendars/${name}`, etag } };
      }
      throw calendarBusyError(name);
    },
  }),
  route({
    method: 'DELETE',
    path: '/calendars/{name}',
    operation: 'deleteCalendar',
    action: 'define',
    openapi: () => ({
      summary: 'Delete a calendar',
      description: 'A calendar that jobs name is not deleted (409); the error names them.',
      pathParameters: nameParameter(),
      headers: [matchHeader()],
      errors: [404, 409, 412],
    }),
    responses: () => ({ 200: { description: 'The calendar was deleted.', body: z.object({ ok: z.literal(true) }) } }),
    async handle({ caller: { tenant }, params: { name }, headers }, { db }: Platform) {
      const ifMatch = readIfMatch(headers);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const seen = isCalendarName(name) ? await findCalendar(db, tenant, name) : undefined;
        if (!seen) throw calendarNotFoundError();
        assertPreconditions(seen, { ifMatch });
        const jobs = await findJobsOf(db, tenant, name);
        if (jobs.length > 0) throw calendarInUseError(name, jobs);
        if (await removeCalendar(db, tenant, seen)) return { status: 200, body: { ok: true as const } };
      }
      throw calendarBusyError(name);
    },
  }),
];

const isCalendarName = (name: string): boolean => CALENDAR_NAME.test(name);

/** @throws InvalidInput */
function readDates(
  { dates, ical }: { readonly dates: readonly string[] | null; readonly ical: string | null },
  now: number,
): readonly string[] {
  if (dates !== null && ical !== null) throw new InvalidInput('ical', 'must be absent beside dates');
  if (dates !== null) return sortDates(dates);
  if (ical !== null) return parseICalendar(ical, now);
  throw new InvalidInput('dates', 'is required: a list of dates such as 2026-12-25, or ical: an iCalendar file');
}

interface Preconditions {
  readonly ifMatch?: IfMatch | undefined;
  readonly ifNoneMatch?: '*' | undefined;
}

/** @throws JobdeckError `calendar.changed` or `calendar.exists` (precondition) */
function assertPreconditions(seen: Calendar | undefined, { ifMatch, ifNoneMatch }: Preconditions): void {
  if (ifNoneMatch !== undefined && seen) {
    const message = `if-none-match: must not be * for an existing calendar, and '${seen.name}' exists`;
    throw new JobdeckError('precondition', 'calendar.exists', message);
  }
  if (ifMatch === undefined || (seen && (ifMatch === '*' || ifMatch.includes(etagOf(seen))))) return;
  const rule = seen ? `must name the current version, ${etagOf(seen)}` : 'must be absent: there is no such calendar';
  throw new JobdeckError('precondition', 'calendar.changed', `if-match: ${rule}, got ${truncate(String(ifMatch), 80)}`);
}

const etagOf = ({ tag }: Calendar): string => `"${tag}"`;

/** Returns the ids of the jobs that name a calendar. */
const findJobsOf = async (db: Db, tenant: TenantId, name: string): Promise<readonly string[]> =>
  (await listJobs(db, tenant)).filter((job) => calendarsOf(job).includes(name)).map(({ id }) => id);

function toListedView({ name, dates, createdAt, updatedAt }: Calendar, now: number): ListedCalendarView {
  const last = dates.at(-1) ?? null;
  return {
    name,
    count: dates.length,
    first_date: dates[0] ?? null,
    last_date: last,
    expired: last === null || last < new Date(now).toISOString().slice(0, 10),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

const calendarNotFoundError = () => new JobdeckError('not_found', 'calendar.not_found', 'Calendar not found');

function calendarInUseError(name: string, jobs: readonly string[]): JobdeckError {
  const more = jobs.length > MAX_NAMED_JOBS ? ` and ${jobs.length - MAX_NAMED_JOBS} more` : '';
  const named = jobs.slice(0, MAX_NAMED_JOBS).join(', ');
  return new JobdeckError('conflict', 'calendar.in_use', `Calendar '${name}' is named by the jobs ${named}${more}`);
}

const calendarBusyError = (name: string) =>
  new JobdeckError('conflict', 'calendar.busy', `Calendar '${name}' is being changed by other requests; try again`);
