import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { ResultView } from '../../../functions/api/runner/trigger.ts';
import { path } from '../api.ts';
import { hasEnded, type RunView } from '../api-types.ts';
import { type CommandContext, EXIT_FAILURE, EXIT_OK } from '../context.ts';
import { collect, toRunInputBody } from '../run-input.ts';
import { formatDuration } from '../table.ts';
import { waitForRun } from '../wait-for-run.ts';

/** The response: a result if the run has ended, otherwise a run. */
type TriggerResponse = { readonly result?: ResultView; readonly run?: RunView };

export function addTriggerCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('trigger')
    .summary('Run a job now, or later')
    .description(
      'Runs a job and waits up to 25 s for its end. Exit code 1 if the run did not succeed. With --at or --in, creates a run that starts later.',
    )
    .argument('<job>', 'job id')
    .addOption(new Option('--wait', 'wait for the end without a limit').conflicts('async'))
    .option('--async', 'do not wait')
    .option('--payload <json>', 'payload of the run: JSON, @file, or @- for the standard input')
    .option('--arg <arg>', 'argument of the run, instead of those of the job; repeatable', collect)
    .option('--env <name=value>', 'variable of the run, beside those of the job; repeatable', collect)
    .option('--tag <tag>', 'tag of the run; repeatable', collect)
    .option('--note <text>', 'note of the run')
    .option('--priority <number>', '1 (most urgent) to 5 among the runs that wait; that of the job by default')
    .option('--expires-in <seconds>', 'cancel the run if it has not started by then')
    .addOption(new Option('--at <time>', 'start of the run, ISO 8601, instead of now').conflicts(['in', 'wait']))
    .addOption(new Option('--in <seconds>', 'seconds until the run starts').conflicts('wait'))
    .option('--key <key>', 'idempotency key: repeating it within a day returns the same run')
    .action(async (job, { wait = false, async = false, key, ...input }) => {
      const headers = {
        ...(async && { prefer: 'respond-async' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      const given = await toRunInputBody(input);
      const request = { headers, ...(given && { body: given }) };
      const { body } = await context.api.request<TriggerResponse>('POST', path`/jobs/${job}/run`, request);
      context.exitCode = await printOutcome(context, job, body, wait);
    });
}

async function printOutcome(
  context: CommandContext,
  job: string,
  body: TriggerResponse,
  wait: boolean,
): Promise<number> {
  if (body.result) return printRun(context, body.result, body);
  const { run } = body as { readonly run: RunView };
  if (!wait) return printRun(context, run, body);
  const ended = await waitForRun(context.api, job, run.run_id, ({ status }) => context.note(`The run is ${status} …`));
  return printRun(context, ended, { run: ended });
}

function printRun({ json, print, note }: CommandContext, run: ResultView | RunView, body: object): number {
  if (json) print(JSON.stringify(body, null, 2));
  else {
    if (run.stdout) print(run.stdout);
    if (run.stderr) note(run.stderr);
    const took = hasEnded(run) && run.duration_ms !== null ? ` after ${formatDuration(run.duration_ms)}` : '';
    note(`${run.run_id}: ${run.status}${took}${run.reason ? ` (${run.reason})` : ''}`);
  }
  return run.status === 'ok' || !hasEnded(run) ? EXIT_OK : EXIT_FAILURE;
}
