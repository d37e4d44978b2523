import { path } from '../api.ts';
import { awaitEnd, getRun } from '../await-end.ts';
import { type Context, command, FAILED, OK, only } from '../command.ts';
import { followFlow, showFlow } from '../flow-logs.ts';
import { hasEnded, type Job, jobOf, type Run } from '../wire.ts';

export const logs = command({
  name: 'logs',
  summary: 'Print what a run wrote',
  help: `logs <run>
  -f, --follow   goes on until the run has ended, and ends with 1 when it did not end well
A script's output comes at its end. Of a flow's run, the newest 1000 lines.`,
  options: { follow: { type: 'boolean', short: 'f' } },
  async run(context, positionals, { follow = false }) {
    const runId = only(positionals, 'run');
    const job = jobOf(runId);
    const { type } = (await context.api.get<{ readonly job: Job }>(path`/jobs/${job}`)).job;
    if (type === 'flow') await (follow ? followFlow(context, job, runId) : showFlow(context, runId));
    const run = follow
      ? await awaitEnd(context.api, job, runId, noteStatus(context))
      : await getRun(context.api, job, runId);
    if (type !== 'flow') show(context, run);
    return !follow || run.status === 'ok' ? OK : FAILED;
  },
});

const noteStatus =
  ({ note }: Context) =>
  ({ run_id, status }: Run) =>
    note(`${run_id} is ${status} …`);

function show({ json, print, note }: Context, run: Run): void {
  if (json) {
    print(JSON.stringify({ run }, null, 2));
    return;
  }
  if (run.stdout) print(run.stdout);
  if (run.stderr) note(run.stderr);
  const rest = hasEnded(run) ? '' : '; its output comes when it ends (--follow waits for it)';
  note(`${run.run_id} is ${run.status}${run.reason ? ` (${run.reason})` : ''}${rest}`);
}
