import { path } from '../api.ts';
import type { Run } from '../api-types.ts';
import { type CommandContext, command, EXIT_OK, requireOne, UsageError } from '../command.ts';
import { formatRuns } from '../runs-table.ts';
import { TIME_HELP, toTime } from '../time.ts';

interface Listed {
  readonly runs: readonly Run[];
  /** Cursor of the next page in the list of all runs; null on the last page. */
  readonly next_cursor?: string | null;
}

export const runs = command({
  name: 'runs',
  summary: 'List runs, of a job or of all, newest first',
  help: `runs [<job>]           of a job: skipped ticks, too
  --status <status>   ok, error, timeout, canceled, running, pending, of a job skipped; several by comma
  --limit <n>         1–1000 (20)
  --before <run>      of a job: those before this run, or before a time
  --trigger <how>     of all: schedule, manual or restart
  --since <time>, --until <time>
                      of all: made then
  --cursor <cursor>   of all: those that follow a page
${TIME_HELP}`,
  options: {
    status: { type: 'string' },
    limit: { type: 'string' },
    before: { type: 'string' },
    trigger: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    cursor: { type: 'string' },
  },
  async run(context, positionals, { status, limit = '20', ...given }) {
    const now = context.now();
    const { before, ...values } = {
      ...given,
      before: toTime(given.before, 'before', now),
      since: toTime(given.since, 'since', now),
      until: toTime(given.until, 'until', now),
    };
    if (positionals.length > 0) {
      const [given] = Object.entries(values).find(([, value]) => value !== undefined) ?? [];
      if (given !== undefined) throw new UsageError(`--${given} is for the runs of all jobs; leave the job out`);
      return list(context, path`/jobs/${requireOne(positionals, 'job')}/runs`, { status, limit, before });
    }
    if (before !== undefined) throw new UsageError('--before is for the runs of a job; of all jobs, it is --until');
    return list(context, '/runs', { status, limit, ...values });
  },
});

async function list(
  { api, json, print, note }: CommandContext,
  at: string,
  query: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const body = await api.get<Listed>(at, query);
  print(json ? JSON.stringify(body, null, 2) : formatRuns(body.runs));
  if (!json && body.next_cursor) note(`There are more: --cursor ${body.next_cursor}`);
  return EXIT_OK;
}
