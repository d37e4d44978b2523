import { command, EXIT_FAILURE, EXIT_OK, parseWholeNumber, UsageError } from '../command.ts';
import { formatTable } from '../table.ts';
import { TIME_HELP, toTime } from '../time.ts';

interface Redriven {
  readonly matched: number;
  readonly started: readonly { readonly run_id: string; readonly new_run_id: string | null }[];
  readonly skipped: readonly { readonly run_id: string; readonly reason: string }[];
  readonly left: number;
  readonly dry_run: boolean;
}

export const redrive = command({
  name: 'redrive',
  summary: 'Start a new run for each failed one, at most once each',
  help: `redrive <run>…      failed runs, or ticks that were missed
redrive --job <job> | --cause <cause> | --since <time> | --until <time>
                    failures that nobody has acknowledged; several narrow each other; times are of their making
  --limit <n>         1–500 (100), the oldest first
  --dry-run           only tells what would be done
  --no-acknowledge    leaves the failures as they are
Ends with 1 when nothing was started. ${TIME_HELP}`,
  options: {
    job: { type: 'string' },
    cause: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'no-acknowledge': { type: 'boolean' },
  },
  async run({ api, now, json, print, note }, runIds, values) {
    const { job, cause, limit } = values;
    const since = toTime(values.since, 'since', now());
    const until = toTime(values.until, 'until', now());
    const filters = { job_id: job, cause, since, until };
    const isFiltered = Object.values(filters).some((value) => value !== undefined);
    if (runIds.length > 0 === isFiltered) {
      throw new UsageError('runs are missing; or --job, --cause, --since or --until in their place');
    }
    const answer = await api.post<Redriven>('/redrive', {
      ...(isFiltered ? filters : { run_ids: runIds }),
      ...(limit !== undefined && { limit: parseWholeNumber(limit, 'limit') }),
      dry_run: values['dry-run'] ?? false,
      acknowledge: !values['no-acknowledge'],
    });
    if (json) print(JSON.stringify(answer, null, 2));
    else {
      const would = answer.dry_run ? 'would be started again' : 'started again';
      const started = answer.started.map((one) => [one.run_id, one.new_run_id ?? would]);
      const skipped = answer.skipped.map(({ run_id, reason }) => [run_id, `skipped: ${reason}`]);
      if (answer.matched > 0)
        print(formatTable(['RUN', answer.dry_run ? 'WHAT WOULD BE' : 'NEW RUN'], [...started, ...skipped]));
      note(`${started.length} ${would}, ${skipped.length} skipped${answer.left > 0 ? `, ${answer.left} left` : ''}`);
    }
    return answer.started.length > 0 ? EXIT_OK : EXIT_FAILURE;
  },
});
