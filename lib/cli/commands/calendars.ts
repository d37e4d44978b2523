import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CalendarView, ListedCalendarView, StoredCalendarView } from '../../../functions/api/runner/calendars.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { readText } from '../read-json-file.ts';
import { formatTable, formatTime } from '../table.ts';

export function addCalendarCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('calendars')
    .summary('List, show, define and delete the sets of dates that schedules exclude or require')
    .addHelpText(
      'after',
      '\nExamples:\n  jobdeck calendars put de-by -f holidays.ics\n  jobdeck calendars put stocktaking 2026-12-30 2026-12-31',
    );
  group
    .command('list', { isDefault: true })
    .description('list calendars')
    .action(() => list(context));
  group
    .command('get')
    .description('show a calendar with its dates and the jobs that name it')
    .argument('<calendar>', 'name of a calendar')
    .action((name) => get(context, name));
  group
    .command('put')
    .description('create a calendar, or replace all of its dates')
    .argument('<calendar>', 'name of the calendar')
    .argument('[dates...]', 'dates such as 2026-12-25')
    .option('-f, --file <file>', 'iCalendar file with all-day events instead of dates; - reads the standard input')
    .option('--new', 'fail if the calendar exists')
    .action((name, dates, { file, new: isNew }) => put(context, name, { dates, file, isNew }));
  group
    .command('delete')
    .description('delete a calendar that no job names')
    .argument('<calendar>', 'name of a calendar')
    .action(async (name) => {
      const { body } = await context.api.request('DELETE', path`/calendars/${name}`);
      context.print(context.json ? JSON.stringify(body) : 'Done');
    });
}

interface PutOptions {
  readonly dates: readonly string[];
  readonly file: string | undefined;
  readonly isNew: boolean | undefined;
}

async function put(
  { api, json, print }: CommandContext,
  name: string,
  { dates, file, isNew }: PutOptions,
): Promise<void> {
  if (file === undefined ? dates.length === 0 : dates.length > 0) {
    throw new UsageError(`name either dates or --file, got ${file === undefined ? 'none of them' : 'both'}`);
  }
  const content = file === undefined ? { dates } : { ical: await readText(file) };
  const { body } = await api.request<StoredCalendarView>('PUT', path`/calendars/${name}`, {
    body: content,
    headers: isNew ? { 'if-none-match': '*' } : {},
  });
  const last = body.last_date === null ? '' : `, the last one ${body.last_date}`;
  print(json ? JSON.stringify(body) : `${body.changed ? 'Stored' : 'Unchanged'}: ${body.count} dates${last}`);
}

async function list({ api, json, print }: CommandContext): Promise<void> {
  const body = await api.get<{ readonly calendars: readonly ListedCalendarView[] }>('/calendars');
  if (json) return print(JSON.stringify(body, null, 2));
  print(formatTable(HEADINGS, body.calendars.map(toRow)));
}

async function get({ api, json, print }: CommandContext, name: string): Promise<void> {
  const body = await api.get<{ readonly calendar: CalendarView }>(path`/calendars/${name}`);
  if (json) return print(JSON.stringify(body, null, 2));
  const { calendar } = body;
  const jobs = calendar.jobs.map((job) => [job]);
  print(formatTable(HEADINGS, [toRow(calendar)]));
  if (jobs.length > 0) print(`\n${formatTable(['NAMED BY'], jobs)}`);
  if (calendar.dates.length > 0) print(`\n${calendar.dates.join('\n')}`);
}

const HEADINGS = ['CALENDAR', 'DATES', 'FIRST', 'LAST', 'STATE', 'CHANGED'];

const toRow = ({ name, count, first_date, last_date, expired, updated_at }: ListedCalendarView) => [
  name,
  count,
  first_date,
  last_date,
  expired ? 'expired' : 'current',
  formatTime(updated_at),
];
