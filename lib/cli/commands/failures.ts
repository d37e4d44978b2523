import type { Run } from '../api-types.ts';
import { command, EXIT_OK, requireNone } from '../command.ts';
import { formatRuns } from '../runs-table.ts';
import { formatTable, formatTime } from '../table.ts';
import { TIME_HELP, toTime } from '../time.ts';

interface Cause {
  readonly cause: string;
  readonly job_id: string;
  readonly kind: string;
  readonly message: string;
  readonly count: number;
  readonly newest: string | null;
}

interface Failures {
  readonly failures?: readonly Run[];
  readonly causes?: readonly Cause[];
  readonly left?: number;
}

export const failures = command({
  name: 'failures',
  summary: 'List failed runs that nobody has acknowledged',
  help: `failures
  --group          by cause
  --job <job>      of one job
  --cause <cause>  of one cause
  --limit <n>      1–1000 (20)
  --before <run>   those before this run, or before a time
${TIME_HELP}`,
  options: {
    group: { type: 'boolean' },
    job: { type: 'string' },
    cause: { type: 'string' },
    limit: { type: 'string' },
    before: { type: 'string' },
  },
  async run({ api, now, json, print, note }, positionals, { group = false, job, cause, limit = '20', ...given }) {
    requireNone(positionals);
    const before = toTime(given.before, 'before', now());
    const query = { group: group ? 'cause' : undefined, job_id: job, cause, limit, before };
    const body = await api.get<Failures>('/failures', query);
    if (json) print(JSON.stringify(body, null, 2));
    else if (body.causes) print(causesTable(body.causes));
    else print(formatRuns(body.failures ?? []));
    if (!json && body.left)
      note(`${body.left} more failed runs have other causes, or are older than those that were read`);
    return EXIT_OK;
  },
});

const causesTable = (causes: readonly Cause[]): string =>
  formatTable(
    ['CAUSE', 'JOB', 'KIND', 'RUNS', 'LAST', 'MESSAGE'],
    causes.map(({ cause, job_id, kind, count, newest, message }) => [
      cause,
      job_id,
      kind,
      count,
      formatTime(newest),
      message,
    ]),
  );
