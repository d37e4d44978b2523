import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CalendarView, ListedCalendarView } from '../../../functions/api/runner/calendars.ts';
import type { JobBody, JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** Named sets of dates, which jobs exclude or require. */

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const asNewTenant = (roles?: Parameters<TestSystem['as']>[1]) => system.as(freshTenant('calendars'), roles);

const CHRISTMAS = { dates: ['2199-12-26', '2199-12-25', '2199-12-25'] };
const newYear = { id: 'new-year', name: 'New Year', script: 'echo', schedule: '0 9 1 1 *', timezone: 'Europe/Berlin' };
const notFound = { status: 404, body: { error: 'Calendar not found' } };
const etagOf = ({ headers }: { readonly headers: Headers }) => headers.get('etag') ?? '';

describe('/calendars', () => {
  test('creates, returns, lists, replaces and deletes a calendar', async () => {
    const api = await asNewTenant();

    const created = await api.put('/calendars/de-by', CHRISTMAS);
    const got = await api.get<{ readonly calendar: CalendarView }>('/calendars/de-by');
    const repeated = await api.put('/calendars/de-by', { dates: ['2199-12-25', '2199-12-26'] });
    const replaced = await api.put('/calendars/de-by', { dates: ['2020-01-01'] });
    const list = await api.get<{ readonly calendars: readonly ListedCalendarView[] }>('/calendars');
    const deleted = await api.delete('/calendars/de-by');

    expect(created).toMatchObject({
      status: 201,
      body: { ok: true, name: 'de-by', count: 2, last_date: '2199-12-26', changed: true },
    });
    expect(created.headers.get('location')).toBe('/calendars/de-by');
    expect(got.body.calendar).toMatchObject({
      name: 'de-by',
      dates: ['2199-12-25', '2199-12-26'],
      first_date: '2199-12-25',
      last_date: '2199-12-26',
      expired: false,
      jobs: [],
    });
    expect(etagOf(got)).toBe(etagOf(created));
    expect(repeated).toMatchObject({ status: 200, body: { changed: false } });
    expect(replaced).toMatchObject({ status: 200, body: { changed: true, count: 1 } });
    expect(list.body.calendars).toMatchObject([{ name: 'de-by', count: 1, last_date: '2020-01-01', expired: true }]);
    expect(deleted).toMatchObject({ status: 200, body: { ok: true } });
    expect(await api.get('/calendars/de-by')).toMatchObject(notFound);
    expect(await api.delete('/calendars/de-by')).toMatchObject(notFound);
  });

  test('reads an iCalendar file', async () => {
    const api = await asNewTenant();
    const lines = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20261225', 'DURATION:P2D', 'END:VEVENT'];
    const ical = [...lines, 'END:VCALENDAR'].join('\r\n');

    const asText = await api.put('/calendars/text', ical, { 'content-type': 'text/calendar; charset=utf-8' });
    const asField = await api.put('/calendars/field', { ical });
    const invalid = await api.put('/calendars/text', `${ical}\nX`, { 'content-type': 'text/calendar' });

    expect([asText, asField].map(({ status, body }) => [status, body.last_date])).toEqual([
      [201, '2026-12-26'],
      [201, '2026-12-26'],
    ]);
    expect(invalid).toMatchObject({ status: 400, body: { error: 'ical: line 7: must be NAME:value, got "X"' } });
  });

  test.each([
    [{}, /^dates: is required/],
    [{ dates: ['2026-02-30'] }, /^dates\[0\]: must be a date such as 2026-12-25, .*, got "2026-02-30"$/],
    [{ dates: ['1969-12-31'] }, /^dates\[0\]: must be a date/],
    [{ dates: [], ical: 'x' }, /^ical: must be absent beside dates$/],
    [{ dates: Array.from({ length: 2_001 }, () => '2026-01-01') }, /^dates: must have at most 2000 entries, got 2001$/],
    [{ days: [] }, /^body: unknown field 'days'/],
  ])('refuses an invalid calendar: %#', async (body, message) => {
    const api = await asNewTenant();

    expect(await api.put('/calendars/x', body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(message) },
    });
  });

  test('refuses an invalid name and another content type', async () => {
    const api = await asNewTenant();

    expect(await api.put('/calendars/DE_BY', CHRISTMAS)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^name: must be 1–64 characters of a–z, 0–9 and -, .*got "DE_BY"$/) },
    });
    expect(await api.put('/calendars/x', 'x', { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      body: { error: 'content-type: must be application/json or text/calendar, got text/plain' },
    });
    expect(await api.get('/calendars/DE_BY')).toMatchObject(notFound);
  });

  test('obeys the preconditions of a request', async () => {
    const api = await asNewTenant();
    const created = await api.put('/calendars/x', CHRISTMAS, { 'if-none-match': '*' });

    expect(created.status).toBe(201);
    expect(await api.put('/calendars/x', CHRISTMAS, { 'if-none-match': '*' })).toMatchObject({
      status: 412,
      body: { error: "if-none-match: must not be * for an existing calendar, and 'x' exists" },
    });
    expect(await api.put('/calendars/x', { dates: [] }, { 'if-match': etagOf(created) })).toMatchObject({
      status: 200,
    });
    expect(await api.put('/calendars/x', CHRISTMAS, { 'if-match': etagOf(created) })).toMatchObject({
      status: 412,
      body: { error: expect.stringMatching(/^if-match: must name the current version, "/) },
    });
    expect(await api.put('/calendars/y', CHRISTMAS, { 'if-match': '*' })).toMatchObject({ status: 412 });
    expect(await api.delete('/calendars/x', { 'if-match': etagOf(created) })).toMatchObject({ status: 412 });
  });

  test('has at most 100 calendars a tenant', async () => {
    const api = await asNewTenant();
    for (let i = 0; i < 100; i++) await api.put(`/calendars/c${i}`, { dates: [] });

    expect(await api.put('/calendars/one-more', CHRISTMAS)).toMatchObject({
      status: 409,
      body: { error: 'A tenant may have 100 calendars; delete one' },
    });
  });

  test('is changed by ADMIN and OWNER, and read by every role', async () => {
    const operator = await asNewTenant(['OPERATOR']);

    expect(await operator.put('/calendars/x', CHRISTMAS)).toMatchObject({ status: 403 });
    expect(await operator.delete('/calendars/x')).toMatchObject({ status: 403 });
    expect(await operator.get('/calendars')).toMatchObject({ status: 200, body: { calendars: [] } });
  });
});

describe('a job with calendars', () => {
  test('has no next run on an excluded date, as soon as the calendar has it', async () => {
    const api = await asNewTenant();
    await api.put('/calendars/off', { dates: [] });
    await api.post('/jobs', { ...newYear, exclude_calendars: ['off'] });
    const next = async () => (await api.get<JobBody>('/jobs/new-year')).body.job.next_run ?? '';
    const first = await next();

    await api.put('/calendars/off', { dates: [first.slice(0, 10)] });

    expect(Number((await next()).slice(0, 4))).toBe(Number(first.slice(0, 4)) + 1);
    expect((await api.get<JobsBody>('/jobs')).body.jobs[0]?.next_run).toBe(await next());
  });

  test('has next runs on required dates only, in the time zone of its schedule', async () => {
    const api = await asNewTenant();
    await api.put('/calendars/days', { dates: ['2190-03-01', '2190-03-02'] });
    const daily = { ...newYear, schedule: '30 0 * * *', require_calendars: ['days'] };

    const { body } = await api.post<{ readonly next_runs: readonly string[] }>('/jobs/validate', daily);

    expect(body.next_runs).toEqual(['2190-02-28T23:30:00.000Z', '2190-03-01T23:30:00.000Z']);
  });

  test('names calendars that exist, each once', async () => {
    const api = await asNewTenant();
    await api.put('/calendars/one', { dates: [] });
    const refused = async (changes: object) => (await api.post('/jobs', { ...newYear, ...changes })).body.error;

    expect(await refused({ exclude_calendars: ['none'] })).toBe("exclude_calendars[0]: there is no calendar 'none'");
    expect(await refused({ require_calendars: ['one', 'none'] })).toBe(
      "require_calendars[1]: there is no calendar 'none'",
    );
    expect(await refused({ exclude_calendars: ['one'], require_calendars: ['one'] })).toBe(
      "require_calendars[0]: must not be in exclude_calendars too, got 'one'",
    );
    expect(await refused({ exclude_calendars: ['one', 'one'] })).toBe(
      'exclude_calendars: must not name a calendar twice',
    );
    const validated = await api.post('/jobs/validate', { ...newYear, exclude_calendars: ['none'] });
    expect(validated.body).toMatchObject({ valid: false, errors: [{ field: 'exclude_calendars[0]' }] });
  });

  test('keeps its calendars from being deleted', async () => {
    const api = await asNewTenant();
    await api.put('/calendars/used', { dates: [] });
    await api.post('/jobs', { ...newYear, require_calendars: ['used'] });

    const inUse = await api.delete('/calendars/used');
    const { body } = await api.get<{ readonly calendar: CalendarView }>('/calendars/used');
    await api.patch('/jobs/new-year', { require_calendars: [] });

    expect(inUse).toMatchObject({ status: 409, body: { error: "Calendar 'used' is named by the jobs new-year" } });
    expect(body.calendar.jobs).toEqual(['new-year']);
    expect(await api.delete('/calendars/used')).toMatchObject({ status: 200 });
  });
});
