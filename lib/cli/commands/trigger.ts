import { path } from '../api.ts';
import { hasEnded, type Run } from '../api-types.ts';
import { type CommandContext, command, EXIT_FAILURE, EXIT_OK, requireOne, UsageError } from '../command.ts';
import { formatDuration } from '../table.ts';
import { waitForRun } from '../wait-for-run.ts';

type TriggeredRun = Omit<Run, 'id' | 'job_id' | 'started_at' | 'finished_at' | 'trigger'>;

export const trigger = command({
  name: 'trigger',
  summary: 'Run a job now',
  help: `trigger <job>       waits for its end, up to 25 s
  --wait            waits for its end, however long that takes
  --async           does not wait
  --key <key>       an idempotency key: asked again within a day, it is the same run
Ends with 1 when the run did not end well.`,
  options: { wait: { type: 'boolean' }, async: { type: 'boolean' }, key: { type: 'string' } },
  async run(context, positionals, { wait = false, async = false, key }) {
    if (wait && async) throw new UsageError('--wait and --async exclude each other');
    const job = requireOne(positionals, 'job');
    const headers = { ...(async && { prefer: 'respond-async' }), ...(key !== undefined && { 'idempotency-key': key }) };
    const { body } = await context.api.request<{ readonly result?: TriggeredRun; readonly run?: Run }>(
      'POST',
      path`/jobs/${job}/run`,
      { headers },
    );
    if (body.result) return printResult(context, body.result, body);
    const { run } = body as { readonly run: Run };
    if (!wait) return printResult(context, run, body);
    const ended = await waitForRun(context.api, job, run.run_id, ({ status }) => context.note(`It is ${status} …`));
    return printResult(context, ended, { run: ended });
  },
});

function printResult({ json, print, note }: CommandContext, run: TriggeredRun, body: object): number {
  if (json) print(JSON.stringify(body, null, 2));
  else {
    if (run.stdout) print(run.stdout);
    if (run.stderr) note(run.stderr);
    const took = hasEnded(run) && run.duration_ms !== null ? ` after ${formatDuration(run.duration_ms)}` : '';
    note(`${run.run_id}: ${run.status}${took}${run.reason ? ` (${run.reason})` : ''}`);
  }
  return run.status === 'ok' || !hasEnded(run) ? EXIT_OK : EXIT_FAILURE;
}
