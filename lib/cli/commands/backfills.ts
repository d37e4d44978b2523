import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { BackfillView } from '../../../functions/api/runner/backfills.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { time, wholeNumber } from '../parsers.ts';
import { collect, toRunInputBody } from '../run-input.ts';
import { formatTable, formatTime } from '../table.ts';
import { TIME_HELP } from '../time.ts';

const ACTIONS = {
  pause: 'start no further runs; active ones continue',
  resume: 'continue a paused backfill',
  cancel: 'start no further runs, and cancel the active ones',
} as const;

export function addBackfillCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('backfills')
    .summary('Run a job for past ticks of its schedule, and follow the progress');
  group
    .command('list', { isDefault: true })
    .description('list the backfills of a job, newest first')
    .argument('<job>', 'job id')
    .option('--limit <n>', '1–1000', '20')
    .option('--before <backfill>', 'backfills before this one')
    .action(async (job, query) => {
      const body = await context.api.get<{ readonly backfills: readonly BackfillView[] }>(
        path`/jobs/${job}/backfills`,
        query,
      );
      context.print(context.json ? JSON.stringify(body, null, 2) : formatList(body.backfills));
    });
  group
    .command('create')
    .description(`start a run for each tick from one time to another. ${TIME_HELP}`)
    .argument('<job>', 'job id')
    .requiredOption('--from <time>', 'time of the first tick or before it', time('from'))
    .requiredOption('--to <time>', 'time of the last tick or after it', time('to'))
    .option('--order <order>', 'asc or desc', 'asc')
    .option('--concurrency <n>', 'active runs, 1–20 (1)', wholeNumber('concurrency'))
    .option('--payload <json>', 'payload of the runs: JSON, @file, or @- for the standard input')
    .option('--arg <arg>', 'argument of the runs, instead of those of the job; repeatable', collect)
    .option('--env <name=value>', 'variable of the runs, beside those of the job; repeatable', collect)
    .option('--tag <tag>', 'tag of the runs; repeatable', collect)
    .option('--note <text>', 'note of the runs')
    .option('--key <key>', 'idempotency key: repeating it within a day returns the same backfill')
    .action(async (job, { from, to, order, concurrency, key, ...input }) => {
      const range = { from, to, order, ...(concurrency !== undefined && { concurrency }) };
      const { body } = await context.api.request<BackfillBody>('POST', path`/jobs/${job}/backfills`, {
        headers: { ...(key !== undefined && { 'idempotency-key': key }) },
        body: { ...range, ...(await toRunInputBody(input)) },
      });
      printOne(context, body);
    });
  group
    .command('get')
    .description('show a backfill with its progress')
    .argument('<job>', 'job id')
    .argument('<backfill>', 'id of a backfill')
    .action(async (job, id) => {
      printOne(context, await context.api.get<BackfillBody>(path`/jobs/${job}/backfills/${id}`));
    });
  for (const [action, description] of Object.entries(ACTIONS)) {
    group
      .command(action)
      .description(description)
      .argument('<job>', 'job id')
      .argument('<backfill>', 'id of a backfill')
      .action(async (job, id) => {
        const url = `${path`/jobs/${job}/backfills/${id}`}/${action}`;
        printOne(context, await context.api.post<BackfillBody>(url));
      });
  }
}

type BackfillBody = { readonly backfill: BackfillView };

const formatList = (list: readonly BackfillView[]): string =>
  formatTable(
    ['BACKFILL', 'STATE', 'FROM', 'TO', 'DONE', 'FAILED', 'TOTAL'],
    list.map(({ id, state, from, to, done, failed, total }) => [
      id,
      state,
      formatTime(from),
      formatTime(to),
      String(done),
      String(failed),
      String(total),
    ]),
  );

function printOne({ json, print }: CommandContext, body: BackfillBody): void {
  print(json ? JSON.stringify(body, null, 2) : formatList([body.backfill]));
}
