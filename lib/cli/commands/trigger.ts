import { path } from '../api.ts';
import { awaitEnd } from '../await-end.ts';
import { type Context, command, FAILED, OK, only, UsageError } from '../command.ts';
import { duration } from '../table.ts';
import { hasEnded, type Run } from '../wire.ts';

type Result = Omit<Run, 'id' | 'job_id' | 'started_at' | 'finished_at' | 'trigger'>;

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
    const job = only(positionals, 'job');
    const headers = { ...(async && { prefer: 'respond-async' }), ...(key !== undefined && { 'idempotency-key': key }) };
    const { body } = await context.api.request<{ readonly result?: Result; readonly run?: Run }>(
      'POST',
      path`/jobs/${job}/run`,
      { headers },
    );
    if (body.result) return tell(context, body.result, body);
    const { run } = body as { readonly run: Run };
    if (!wait) return tell(context, run, body);
    const ended = await awaitEnd(context.api, job, run.run_id, ({ status }) => context.note(`It is ${status} …`));
    return tell(context, ended, { run: ended });
  },
});

function tell({ json, print, note }: Context, run: Result, body: object): number {
  if (json) print(JSON.stringify(body, null, 2));
  else {
    if (run.stdout) print(run.stdout);
    if (run.stderr) note(run.stderr);
    const took = hasEnded(run) && run.duration_ms !== null ? ` after ${duration(run.duration_ms)}` : '';
    note(`${run.run_id}: ${run.status}${took}${run.reason ? ` (${run.reason})` : ''}`);
  }
  return run.status === 'ok' || !hasEnded(run) ? OK : FAILED;
}
