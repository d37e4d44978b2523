import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { path } from '../api.ts';
import { hasEnded, jobIdOf, type RunView } from '../api-types.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { time, wholeNumber } from '../parsers.ts';
import { changeRuns, toFilterBody, withRunFilter } from '../run-filter.ts';
import { TIME_HELP } from '../time.ts';

export function addCancelCommand(program: CommandUnknownOpts, context: CommandContext): void {
  const command = program
    .command('cancel')
    .summary('Cancel runs')
    .description(
      'Cancels a run and waits up to 10 s for its end, or cancels several runs, or all pending and running runs that ' +
        'match every given filter, without a wait.',
    )
    .argument('[runs...]', 'run ids');
  withRunFilter(command)
    .option('--job <job>', 'runs of a job')
    .option('--since <time>', 'runs created since a time', time('since'))
    .option('--until <time>', 'runs created before a time', time('until'))
    .option('--limit <n>', 'at most n, 1–1000 (1000)', wholeNumber('limit'))
    .option('--dry-run', 'show what would be canceled')
    .addHelpText('after', `\n${TIME_HELP}`)
    .action(async (runIds, { job, since, until, limit, dryRun = false, ...options }) => {
      const filter = toFilterBody(options);
      const others = { job_id: job, since, until };
      const isFiltered = filter !== undefined || Object.values(others).some((value) => value !== undefined);
      if (runIds.length > 0 === isFiltered) {
        throw new UsageError('specify runs, or --job, --search, --status, --tag, --since or another filter');
      }
      const [only, ...more] = runIds;
      if (only !== undefined && more.length === 0 && !dryRun) return cancelAndWait(context, only);
      const selection = isFiltered ? { ...filter, ...others } : { run_ids: runIds };
      context.exitCode = await changeRuns(context, '/runs/cancel', { ...selection, limit, dry_run: dryRun });
    });
}

async function cancelAndWait({ api, json, print }: CommandContext, runId: string): Promise<void> {
  const body = await api.post<{ readonly run: RunView }>(path`/jobs/${jobIdOf(runId)}/runs/${runId}/cancel`);
  const { run } = body;
  print(json ? JSON.stringify(body, null, 2) : `${runId}: ${hasEnded(run) ? run.status : 'is being stopped'}`);
}
