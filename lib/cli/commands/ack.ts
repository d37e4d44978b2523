import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { AcknowledgeResultView } from '../../../functions/api/runner/acknowledgements.ts';
import { path } from '../api.ts';
import { jobIdOf } from '../api-types.ts';
import { type CommandContext, EXIT_FAILURE, EXIT_OK } from '../context.ts';
import { UsageError } from '../errors.ts';
import { time, wholeNumber } from '../parsers.ts';
import { changeRuns, toFilterBody, withRunFilter } from '../run-filter.ts';
import { TIME_HELP } from '../time.ts';

export function addAckCommand(program: CommandUnknownOpts, context: CommandContext): void {
  const command = program
    .command('ack')
    .summary('Acknowledge failures, which then no longer count as failures')
    .description('Acknowledges failed runs by id, or all failures that match every given filter.')
    .argument('[runs...]', 'run ids');
  withRunFilter(command)
    .option('--job <job>', 'failures of a job')
    .option('--cause <cause>', 'failures with a cause: see failures --group')
    .option('--before <time>', 'failures of runs created before a time', time('before'))
    .option('--since <time>', 'failures of runs created since a time', time('since'))
    .option('--until <time>', 'failures of runs created before a time', time('until'))
    .option('--limit <n>', 'of a search: at most n, 1–1000 (1000)', wholeNumber('limit'))
    .option('--all', 'all failures')
    .option('--note <text>', 'note, at most 500 characters')
    .option('--dry-run', 'with --job or a filter such as --search: show what would be acknowledged')
    .option('--undo', 'withdraw the acknowledgment of the given runs')
    .addHelpText('after', `\n${TIME_HELP}`)
    .action(async (runIds, { job, cause, before, all = false, note, undo = false, dryRun = false, ...others }) => {
      const { since, until, limit, ...options } = others;
      const range = { since, until, limit };
      const search = toFilterBody(options);
      const isSearch = search !== undefined || Object.values(range).some((value) => value !== undefined);
      if (isSearch || (dryRun && job !== undefined)) {
        if (runIds.length > 0 || cause !== undefined || before !== undefined || all || undo) {
          throw new UsageError(
            '--search, --since, --dry-run and the filters beside them are combined with --job and --note only',
          );
        }
        const body = { ...search, ...range, job_id: job, note, dry_run: dryRun };
        context.exitCode = await changeRuns(context, '/runs/acknowledge', body);
        return;
      }
      if (dryRun) throw new UsageError('--dry-run needs --job or a filter such as --search');
      const filters = { job_id: job, cause, before };
      const isFiltered = all || Object.values(filters).some((value) => value !== undefined);
      if (runIds.length > 0 === isFiltered) {
        throw new UsageError('specify runs, or --job, --cause, --before or --all');
      }
      if (undo && isFiltered) throw new UsageError('--undo needs run ids');
      if (undo) return unacknowledge(context, runIds);
      const selection = isFiltered ? filters : { run_ids: runIds };
      context.exitCode = await acknowledge(context, { ...selection, ...(note !== undefined && { note }) });
    });
}

/** Repeats the request until no matching failure is left. */
async function acknowledge({ api, json, print, note }: CommandContext, body: object): Promise<number> {
  let acknowledged = 0;
  const skipped: AcknowledgeResultView['skipped'][number][] = [];
  for (;;) {
    const result = await api.post<AcknowledgeResultView>('/failures/acknowledge', body);
    acknowledged += result.acknowledged;
    skipped.push(...result.skipped);
    if (result.left === 0 || result.acknowledged === 0) break;
    if (!json) note(`${acknowledged} acknowledged, ${result.left} left …`);
  }
  if (json) print(JSON.stringify({ acknowledged, skipped }, null, 2));
  else {
    for (const { run_id: runId, reason } of skipped) note(`${runId}: ${reason}`);
    print(`${acknowledged} acknowledged`);
  }
  return acknowledged === 0 && skipped.length > 0 ? EXIT_FAILURE : EXIT_OK;
}

async function unacknowledge({ api, json, print }: CommandContext, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) {
    const body = await api.post(path`/jobs/${jobIdOf(runId)}/runs/${runId}/unacknowledge`);
    print(json ? JSON.stringify(body) : `${runId} is no longer acknowledged`);
  }
}
