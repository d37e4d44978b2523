import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { RedriveResultView } from '../../../functions/api/runner/redrive.ts';
import { type CommandContext, EXIT_FAILURE } from '../context.ts';
import { UsageError } from '../errors.ts';
import { time, wholeNumber } from '../parsers.ts';
import { changeRuns, toFilterBody, withRunFilter } from '../run-filter.ts';
import { collect, toRunInputBody } from '../run-input.ts';
import { formatTable } from '../table.ts';
import { TIME_HELP } from '../time.ts';

export function addRedriveCommand(program: CommandUnknownOpts, context: CommandContext): void {
  const command = program
    .command('redrive')
    .summary('Start a new run for each failed one, at most once each')
    .description(
      'Repeats failed runs or missed ticks by id, or all unacknowledged failures that match every given filter. ' +
        'Exit code 1 if no run was started.',
    )
    .argument('[runs...]', 'run ids');
  withRunFilter(command)
    .option('--job <job>', 'failures of a job')
    .option('--cause <cause>', 'failures with a cause: see failures --group')
    .option('--since <time>', 'runs created since a time', time('since'))
    .option('--until <time>', 'runs created before a time', time('until'))
    .option('--limit <n>', 'at most n, 1–500 (100), the oldest first', wholeNumber('limit'))
    .option('--payload <json>', 'payload of the new runs instead of the former one: JSON, @file, or @-')
    .option('--arg <arg>', 'argument of the new runs instead of the former ones; repeatable', collect)
    .option('--env <name=value>', 'variable of the new runs instead of the former ones; repeatable', collect)
    .option('--priority <number>', '1 (most urgent) to 5 of the new runs instead of the former ones')
    .option('--expires-in <seconds>', 'cancel new runs that have not started by then')
    .option('--dry-run', 'show what would be started')
    .option('--no-acknowledge', 'do not acknowledge the failures')
    .addHelpText('after', `\n${TIME_HELP}`)
    .action(async (runIds, options) => {
      const { job, cause, since, until, limit, dryRun = false, acknowledge, ...others } = options;
      const { payload, arg, env, priority, expiresIn, ...filterOptions } = others;
      const search = toFilterBody(filterOptions);
      if (search && cause !== undefined) throw new UsageError('--cause cannot be combined with --search and the like');
      const filters = { job_id: job, ...(!search && { cause }), since, until };
      const isFiltered = search !== undefined || Object.values(filters).some((value) => value !== undefined);
      if (runIds.length > 0 === isFiltered) {
        throw new UsageError('specify runs, or --job, --cause, --since or --until');
      }
      const input = await toRunInputBody({ payload, arg, env, priority, expiresIn });
      const common = { ...(limit !== undefined && { limit }), dry_run: dryRun, acknowledge, ...(input && { input }) };
      if (search) {
        context.exitCode = await changeRuns(context, '/runs/redrive', { ...search, ...filters, ...common });
        return;
      }
      const result = await context.api.post<RedriveResultView>('/redrive', {
        ...(isFiltered ? filters : { run_ids: runIds }),
        ...common,
      });
      printResult(context, result);
      if (result.started.length === 0) context.exitCode = EXIT_FAILURE;
    });
}

function printResult({ json, print, note }: CommandContext, result: RedriveResultView): void {
  if (json) {
    print(JSON.stringify(result, null, 2));
    return;
  }
  const verb = result.dry_run ? 'would be started again' : 'started again';
  const started = result.started.map((one) => [one.run_id, one.new_run_id ?? verb]);
  const skipped = result.skipped.map(({ run_id, reason }) => [run_id, `skipped: ${reason}`]);
  const rows = [...started, ...skipped];
  if (result.matched > 0) print(formatTable(['RUN', result.dry_run ? 'DRY RUN' : 'NEW RUN'], rows));
  note(`${started.length} ${verb}, ${skipped.length} skipped${result.left > 0 ? `, ${result.left} left` : ''}`);
}
