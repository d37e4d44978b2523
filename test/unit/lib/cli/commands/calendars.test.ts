import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const listed = {
  name: 'de-by',
  count: 2,
  first_date: '2026-12-25',
  last_date: '2026-12-26',
  expired: false,
  created_at: '2026-11-30T12:00:00.000Z',
  updated_at: '2026-11-30T12:00:00.000Z',
};

async function run(response: object, ...args: readonly string[]) {
  const server = await startHttpServer((_, answer) => void answer.writeHead(200).end(JSON.stringify(response)));
  const texts = { out: '', err: '' };
  const output = { out: (text: string) => (texts.out += text), err: (text: string) => (texts.err += text) };
  const code = await main(['calendars', ...args, '--url', server.url, '--token', 'x'], {}, output);
  await server.close();
  const requests = server.received.map(({ method, path, body, headers }) => ({ method, path, body, headers }));
  return { code, ...texts, requests };
}

describe('calendars', () => {
  it('lists calendars', async () => {
    const { code, out } = await run({ calendars: [listed, { ...listed, name: 'past', expired: true }] });

    expect(code).toBe(0);
    expect(out).toMatch(/^CALENDAR +DATES +FIRST +LAST +STATE +CHANGED\nde-by +2 +2026-12-25 +2026-12-26 +current /);
    expect(out).toMatch(/\npast +2 .* expired /);
  });

  it('shows the dates of a calendar and the jobs that name it', async () => {
    const calendar = { ...listed, dates: ['2026-12-25', '2026-12-26'], jobs: ['report'] };

    const { out, requests } = await run({ calendar }, 'get', 'de-by');

    expect(requests).toMatchObject([{ method: 'GET', path: '/calendars/de-by' }]);
    expect(out).toMatch(/\n\nNAMED BY\nreport\n\n2026-12-25\n2026-12-26\n$/);
  });

  it.each([
    [{ changed: true }, 'Stored: 2 dates, the last one 2026-12-26\n'],
    [{ changed: false }, 'Unchanged: 2 dates, the last one 2026-12-26\n'],
  ])('defines a calendar by dates: %j', async (change, printed) => {
    const stored = { ok: true, name: 'de-by', count: 2, last_date: '2026-12-26', ...change };

    const { out, requests } = await run(stored, 'put', 'de-by', '2026-12-25', '2026-12-26', '--new');

    expect(out).toBe(printed);
    expect(requests).toMatchObject([{ method: 'PUT', path: '/calendars/de-by', headers: { 'if-none-match': '*' } }]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ dates: ['2026-12-25', '2026-12-26'] });
  });

  it('defines a calendar by an iCalendar file', async () => {
    const ical = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
    const file = join(temporaryFolder(), 'holidays.ics');
    writeFileSync(file, ical);

    const { requests } = await run({ ok: true, count: 0, last_date: null, changed: true }, 'put', 'de-by', '-f', file);

    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ ical });
    expect(requests[0]?.headers['if-none-match']).toBeUndefined();
  });

  it.each([
    [['put', 'de-by'], 'got none of them'],
    [['put', 'de-by', '2026-12-25', '-f', 'x.ics'], 'got both'],
  ])('refuses %j', async (args, message) => {
    const { code, err, requests } = await run({}, ...args);

    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(err).toContain(message);
  });

  it('names a file that cannot be read', async () => {
    expect(await run({}, 'put', 'de-by', '-f', '/nowhere.ics')).toMatchObject({
      code: 1,
      err: expect.stringContaining('/nowhere.ics: '),
      requests: [],
    });
  });

  it('deletes a calendar', async () => {
    const { out, requests } = await run({ ok: true }, 'delete', 'de-by');

    expect(out).toBe('Done\n');
    expect(requests).toMatchObject([{ method: 'DELETE', path: '/calendars/de-by' }]);
  });
});
