import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { path } from '../api.ts';
import type { RunView } from '../api-types.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { time } from '../parsers.ts';
import { toSearchQuery, withRunSearch } from '../run-filter.ts';
import { collect } from '../run-input.ts';
import { formatRuns } from '../runs-table.ts';
import { TIME_HELP } from '../time.ts';

interface RunPage {
  readonly runs: readonly RunView[];
  /** Cursor of the next page in the list of all runs; null on the last page. */
  readonly next_cursor?: string | null;
}

export function addRunsCommand(program: CommandUnknownOpts, context: CommandContext): void {
  const command = program
    .command('runs')
    .summary('List runs of a job or of all jobs, newest first')
    .argument('[job]', 'list the runs and skipped ticks of a job')
    .option(
      '--status <status>',
      'ok, error, timeout, canceled, running, pending, of a job skipped; separated by commas',
    )
    .option('--tag <tag>', 'runs with a tag of their trigger; repeatable, for all of them', collect)
    .option('--limit <n>', '1–1000', '20')
    .option('--before <run>', 'of a job: runs before a run or a time', time('before'))
    .option('--trigger <trigger>', 'of all jobs or a search: schedule, manual, restart or after')
    .option('--since <time>', 'of all jobs or a search: runs created since a time', time('since'))
    .option('--until <time>', 'of all jobs or a search: runs created before a time', time('until'))
    .option('--cursor <cursor>', 'of all jobs or a search: the page that follows');
  withRunSearch(command)
    .addHelpText('after', `\n${TIME_HELP}`)
    .action((job, { status, tag, limit, before, search, minDuration, maxDuration, minAttempts, ...filters }) => {
      const searchOptions = { search, minDuration, maxDuration, minAttempts };
      const isSearch = Object.values(searchOptions).some((value) => value !== undefined);
      if (job !== undefined && !isSearch) {
        const [other] = Object.keys(filters);
        if (other !== undefined) throw new UsageError(`--${other} is for the runs of all jobs; leave the job out`);
        return list(context, path`/jobs/${job}/runs`, { status, tag, limit, before });
      }
      if (before !== undefined) {
        throw new UsageError('--before is for the runs of a job; of all jobs and of a search, it is --until');
      }
      const query = { job_id: job, status, tag, limit, ...toSearchQuery(searchOptions), ...filters };
      return list(context, '/runs', query);
    });
}

async function list(
  { api, json, print, note }: CommandContext,
  url: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
): Promise<void> {
  const body = await api.get<RunPage>(url, query);
  print(json ? JSON.stringify(body, null, 2) : formatRuns(body.runs));
  if (!json && body.next_cursor) note(`There are more: --cursor ${body.next_cursor}`);
}
