import { path } from '../api.ts';
import { jobIdOf } from '../api-types.ts';
import { type CommandContext, command, EXIT_FAILURE, EXIT_OK, UsageError } from '../command.ts';
import { TIME_HELP, toTime } from '../time.ts';

interface Skipped {
  readonly run_id: string;
  readonly reason: string;
}

interface Acknowledged {
  readonly acknowledged: number;
  readonly left: number;
  readonly skipped: readonly Skipped[];
}

export const ack = command({
  name: 'ack',
  summary: 'Acknowledge failures: they stay in history, and count as failures no more',
  help: `ack <run>…
ack --job <job> | --cause <cause> | --before <time> | --all   all failures that match; several narrow each other
  --note <text>   at most 500 characters
  --undo          takes it back, of runs that are named
${TIME_HELP}`,
  options: {
    job: { type: 'string' },
    cause: { type: 'string' },
    before: { type: 'string' },
    all: { type: 'boolean' },
    note: { type: 'string' },
    undo: { type: 'boolean' },
  },
  async run(context, runIds, { job, cause, before, all = false, note, undo = false }) {
    const filters = { job_id: job, cause, before: toTime(before, 'before', context.now()) };
    const isFiltered = all || Object.values(filters).some((value) => value !== undefined);
    if (runIds.length > 0 === isFiltered) {
      throw new UsageError('runs are missing; or --job, --cause, --before or --all in their place');
    }
    if (undo && isFiltered) throw new UsageError('--undo takes runs by their ids');
    if (undo) return unacknowledge(context, runIds);
    const chosen = isFiltered ? filters : { run_ids: runIds };
    return acknowledge(context, { ...chosen, ...(note !== undefined && { note }) });
  },
});

/** Repeats the request until no matching failure is left. */
async function acknowledge({ api, json, print, note }: CommandContext, body: object): Promise<number> {
  let acknowledged = 0;
  const skipped: Skipped[] = [];
  for (;;) {
    const answer = await api.post<Acknowledged>('/failures/acknowledge', body);
    acknowledged += answer.acknowledged;
    skipped.push(...answer.skipped);
    if (answer.left === 0 || answer.acknowledged === 0) break;
    if (!json) note(`${acknowledged} acknowledged, ${answer.left} left …`);
  }
  if (json) print(JSON.stringify({ acknowledged, skipped }, null, 2));
  else {
    for (const { run_id: runId, reason } of skipped) note(`${runId}: ${reason}`);
    print(`${acknowledged} acknowledged`);
  }
  return acknowledged === 0 && skipped.length > 0 ? EXIT_FAILURE : EXIT_OK;
}

async function unacknowledge({ api, json, print }: CommandContext, runIds: readonly string[]): Promise<number> {
  for (const runId of runIds) {
    const body = await api.post(path`/jobs/${jobIdOf(runId)}/runs/${runId}/unacknowledge`);
    print(json ? JSON.stringify(body) : `${runId} is to be dealt with again`);
  }
  return EXIT_OK;
}
