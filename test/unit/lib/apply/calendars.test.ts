import { describe, expect, it } from 'vitest';
import { executeCalendarPlan } from '../../../../lib/apply/apply-calendars.ts';
import { formatCalendarPlan, planCalendars } from '../../../../lib/apply/calendar-plan.ts';
import { normalizeCalendars } from '../../../../lib/apply/normalize-calendars.ts';
import { ApiClient } from '../../../../lib/cli/api.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';

const NOW = Date.parse('2026-03-02T01:03:00Z');
const file = 'jobs/calendars.ts';
const wanted = (name: string, ...dates: string[]) => ({ file, name, dates });
const current = (name: string, ...dates: string[]) => ({ name, dates, etag: `"${name}"` });

describe('normalizeCalendars', () => {
  it('sorts dates and reads iCalendar files', () => {
    const ical = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20261225', 'END:VEVENT', 'END:VCALENDAR'];

    const { calendars, errors } = normalizeCalendars(
      [
        { file, calendar: { name: 'a', dates: ['2026-12-26', '2026-12-25', '2026-12-26'] } },
        { file, calendar: { name: 'b', ical: ical.join('\n') } },
      ],
      NOW,
    );

    expect(errors).toEqual([]);
    expect(calendars).toEqual([wanted('a', '2026-12-25', '2026-12-26'), wanted('b', '2026-12-25')]);
  });

  it.each([
    [{ name: 'DE', dates: [] }, /calendar 'DE': name: must be 1–64 characters of a–z/],
    [{ name: 'a', dates: ['2026-02-30'] }, /dates\[0\]: must be a date such as 2026-12-25, .*, got "2026-02-30"/],
    [{ name: 'a', dates: 'x' as never }, /dates: must be a list, got "x"/],
    [{ name: 'a', dates: [], ical: '' as never }, /ical: must be absent beside dates/],
    [{ name: 'a', ical: 'x' }, /ical: line 1: /],
    [{ name: 'a', dates: Array.from({ length: 2_001 }, (_, i) => dayOf(i)) }, /at most 2000 entries, got 2001/],
  ])('reports the problem of %j', (calendar, error) => {
    const { calendars, errors } = normalizeCalendars([{ file, calendar }], NOW);

    expect({ calendars, errors }).toEqual({ calendars: [], errors: [expect.stringMatching(error)] });
    expect(errors[0]).toMatch(/^jobs\/calendars\.ts: calendar '/);
  });
});

const dayOf = (days: number) => new Date(NOW + days * 86_400_000).toISOString().slice(0, 10);

describe('planCalendars', () => {
  it('creates, changes and counts calendars, and ignores those that are not declared', () => {
    const plan = planCalendars(
      [wanted('c', '2026-01-01'), wanted('b', '2026-01-01'), wanted('a', '2026-01-01'), wanted('empty')],
      [current('b', '2026-01-01'), current('c', '2026-01-02'), current('other', '2026-01-01')],
    );

    expect(plan.unchanged).toBe(1);
    expect(plan.actions).toMatchObject([
      { kind: 'create', calendar: { name: 'a' }, added: ['2026-01-01'], removed: [] },
      { kind: 'change', calendar: { name: 'c' }, added: ['2026-01-01'], removed: ['2026-01-02'] },
      { kind: 'create', calendar: { name: 'empty' }, added: [], removed: [] },
    ]);
  });

  it('shows at most ten dates of a change', () => {
    const dates = Array.from({ length: 12 }, (_, i) => dayOf(i));

    const text = formatCalendarPlan(planCalendars([wanted('a', ...dates)], []));

    expect(text).toBe(`  + create calendar a (${file})\n      added: ${dates.slice(0, 10).join(', ')} and 2 more`);
  });
});

describe('executeCalendarPlan', () => {
  it('requires the versions of the plan, and reports a calendar that was changed meanwhile', async () => {
    const server = await startHttpServer(({ url = '' }, response) => {
      response.writeHead(url.endsWith('b') ? 412 : 200).end('{}');
    });
    const plan = planCalendars([wanted('a', '2026-01-01'), wanted('b', '2026-01-01')], [current('b')]);

    const outcomes = await executeCalendarPlan(new ApiClient(server.url, async () => 'x'), plan);
    await server.close();

    expect(outcomes).toEqual([
      { name: 'a', error: undefined },
      { name: 'b', error: 'was changed meanwhile; run apply again' },
    ]);
    const preconditions = server.received.map(
      ({ path, headers }) => [path, headers['if-match'] ?? headers['if-none-match']] as const,
    );
    expect(new Map(preconditions)).toEqual(
      new Map([
        ['/calendars/a', '*'],
        ['/calendars/b', '"b"'],
      ]),
    );
  });
});
