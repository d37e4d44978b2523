import { path } from '../api.ts';
import { hasEnded, type Job, jobIdOf, type Run } from '../api-types.ts';
import { type CommandContext, command, EXIT_FAILURE, EXIT_OK, requireOne } from '../command.ts';
import { followFlowLog, printFlowLog } from '../flow-log.ts';
import { followOutput } from '../follow-output.ts';
import { getRun, waitForRun } from '../wait-for-run.ts';

export const logs = command({
  name: 'logs',
  summary: 'Print what a run wrote',
  help: `logs <run>
  -f, --follow   goes on until the run has ended, and ends with 1 when it did not end well
A script's output comes some seconds after it was written. Of a flow's run, the newest 1000 lines.`,
  options: { follow: { type: 'boolean', short: 'f' } },
  async run(context, positionals, { follow = false }) {
    const runId = requireOne(positionals, 'run');
    const job = jobIdOf(runId);
    const { type } = (await context.api.get<{ readonly job: Job }>(path`/jobs/${job}`)).job;
    if (type === 'flow') await (follow ? followFlowLog(context, job, runId) : printFlowLog(context, runId));
    const run = await (follow ? end(context, type, job, runId) : getRun(context.api, job, runId));
    if (type !== 'flow') show(context, run, follow);
    return !follow || run.status === 'ok' ? EXIT_OK : EXIT_FAILURE;
  },
});

/** Waits for a run to end. Prints the output of scripts meanwhile, except with `--json`. */
const end = (context: CommandContext, type: Job['type'], job: string, runId: string): Promise<Run> =>
  type === 'flow' || context.json
    ? waitForRun(context.api, job, runId, ({ status }) => context.note(`${runId} is ${status} …`))
    : followOutput(context, job, runId);

function show({ json, print, note }: CommandContext, run: Run, isPrinted: boolean): void {
  if (json) {
    print(JSON.stringify({ run }, null, 2));
    return;
  }
  if (run.stdout && !isPrinted) print(run.stdout);
  if (run.stderr && !isPrinted) note(run.stderr);
  const rest = hasEnded(run) ? '' : ' (--follow goes on until it has ended)';
  note(`${run.run_id} is ${run.status}${run.reason ? ` (${run.reason})` : ''}${rest}`);
}
