import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { DeadLetterView, ReplayResultView } from '../../../functions/api/runner/dead-letter.ts';
import { path } from '../api.ts';
import { type CommandContext, EXIT_FAILURE, EXIT_OK } from '../context.ts';
import { UsageError } from '../errors.ts';
import { time, wholeNumber } from '../parsers.ts';
import { formatTable, formatTime } from '../table.ts';
import { TIME_HELP } from '../time.ts';

/** The field of the list in a response of `GET /dead-letters`. */
const LIST_FIELD = 'dead_letters';

interface ReplayOptions {
  readonly kind?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export function addDeadLetterCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('dead-letters')
    .summary('List, show and replay messages that could not be processed')
    .addHelpText('after', `\n${TIME_HELP}`);
  group
    .command('list', { isDefault: true })
    .description('list dead letters, newest first')
    .option('--kind <kind>', 'tick, run or notification')
    .option('--limit <n>', '1–1000', '20')
    .option('--before <letter>', 'dead letters before this one')
    .action(async (query) => {
      const { api, json, print } = context;
      const body = await api.get<{ readonly [LIST_FIELD]: readonly DeadLetterView[] }>('/dead-letters', query);
      print(json ? JSON.stringify(body, null, 2) : formatList(body[LIST_FIELD]));
    });
  group
    .command('get')
    .description('show a dead letter')
    .argument('<letter>', 'id of a dead letter')
    .action(async (id) => {
      const body = await context.api.get<{ readonly dead_letter: object }>(path`/dead-letters/${id}`);
      context.print(JSON.stringify(context.json ? body : body.dead_letter, null, 2));
    });
  group
    .command('replay')
    .description(
      'repeat failed or missed runs and send undelivered notifications, each at most once; exit code 1 if none',
    )
    .argument('[letters...]', 'ids of dead letters')
    .option('--kind <kind>', 'tick, run or notification')
    .option('--since <time>', 'dead letters sent since a time', time('since'))
    .option('--until <time>', 'dead letters sent before a time', time('until'))
    .option('--limit <n>', 'at most n, 1–500 (100), the oldest first', wholeNumber('limit'))
    .option('--dry-run', 'show what would be replayed')
    .action(async (ids, options) => {
      context.exitCode = await replay(context, ids, options);
    });
}

const formatList = (list: readonly DeadLetterView[]): string =>
  formatTable(
    ['LETTER', 'KIND', 'SENT', 'RUN', 'CAUSE'],
    list.map(({ id, kind, sent_at, run_id, cause }) => [id, kind, formatTime(sent_at), run_id, cause]),
  );

async function replay(
  { api, json, print, note }: CommandContext,
  ids: readonly string[],
  { kind, since, until, limit, dryRun = false }: ReplayOptions,
): Promise<number> {
  const filters = { kind, since, until };
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  if (ids.length > 0 === isFiltered) {
    throw new UsageError('specify dead letters, or --kind, --since or --until');
  }
  const result = await api.post<ReplayResultView>('/dead-letters/replay', {
    ...(isFiltered ? filters : { ids }),
    ...(limit !== undefined && { limit }),
    dry_run: dryRun,
  });
  if (json) print(JSON.stringify(result, null, 2));
  else {
    const verb = result.dry_run ? 'would be replayed' : 'replayed';
    const replayed = result.replayed.map((one) => [one.id, one.new_run_id ?? one.delivery ?? verb]);
    const skipped = result.skipped.map(({ id, reason }) => [id, `skipped: ${reason}`]);
    const rows = [...replayed, ...skipped];
    if (result.matched > 0) print(formatTable(['LETTER', result.dry_run ? 'DRY RUN' : 'REPLAYED BY'], rows));
    note(`${replayed.length} ${verb}, ${skipped.length} skipped${result.left > 0 ? `, ${result.left} left` : ''}`);
  }
  return result.replayed.length > 0 ? EXIT_OK : EXIT_FAILURE;
}
