import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { path } from '../api.ts';
import { hasEnded, type JobView, jobIdOf, type RunWithOutputView } from '../api-types.ts';
import { type CommandContext, EXIT_FAILURE } from '../context.ts';
import { followFlowLog, printFlowLog } from '../flow-log.ts';
import { followOutput } from '../follow-output.ts';
import { getRun, waitForRun } from '../wait-for-run.ts';

export function addLogsCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('logs')
    .summary('Print the output of a run')
    .description(
      "Prints a script's output, which is available some seconds after it was written, or the newest 1000 lines of a " +
        "flow run's log.",
    )
    .argument('<run>', 'run id')
    .option('-f, --follow', 'continue until the run has ended; exit code 1 if it did not succeed')
    .action(async (runId, { follow = false }) => {
      const jobId = jobIdOf(runId);
      const { type } = (await context.api.get<{ readonly job: JobView }>(path`/jobs/${jobId}`)).job;
      if (type === 'flow') await (follow ? followFlowLog(context, jobId, runId) : printFlowLog(context, runId));
      const run = await (follow ? followRun(context, type, jobId, runId) : getRun(context.api, jobId, runId));
      if (type !== 'flow') printRun(context, run, follow);
      if (follow && run.status !== 'ok') context.exitCode = EXIT_FAILURE;
    });
}

/** Waits for a run to end. Prints the output of scripts meanwhile, except with `--json`. */
const followRun = (
  context: CommandContext,
  type: JobView['type'],
  jobId: string,
  runId: string,
): Promise<RunWithOutputView> =>
  type === 'flow' || context.json
    ? waitForRun(context.api, jobId, runId, ({ status }) => context.note(`${runId} is ${status} …`))
    : followOutput(context, jobId, runId);

/** @param isPrinted whether the output has been printed already */
function printRun({ json, print, note }: CommandContext, run: RunWithOutputView, isPrinted: boolean): void {
  if (json) {
    print(JSON.stringify({ run }, null, 2));
    return;
  }
  if (run.stdout && !isPrinted) print(run.stdout);
  if (run.stderr && !isPrinted) note(run.stderr);
  const hint = hasEnded(run) ? '' : ' (--follow continues until its end)';
  note(`${run.run_id} is ${run.status}${run.reason ? ` (${run.reason})` : ''}${hint}`);
}
