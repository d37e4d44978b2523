import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CauseView } from '../../../functions/api/runner/failure-groups.ts';
import type { RunView } from '../api-types.ts';
import type { CommandContext } from '../context.ts';
import { time } from '../parsers.ts';
import { formatRuns } from '../runs-table.ts';
import { formatTable, formatTime } from '../table.ts';
import { TIME_HELP } from '../time.ts';

interface Failures {
  readonly failures?: readonly RunView[];
  readonly causes?: readonly CauseView[];
  readonly left?: number;
}

export function addFailuresCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('failures')
    .summary('List failed runs that are not acknowledged')
    .option('--group', 'group by cause')
    .option('--job <job>', 'failures of a job')
    .option('--cause <cause>', 'failures with a cause')
    .option('--limit <n>', '1–1000', '20')
    .option('--before <run>', 'failures before a run or a time', time('before'))
    .addHelpText('after', `\n${TIME_HELP}`)
    .action(async ({ group = false, job, cause, limit, before }) => {
      const { api, json, print, note } = context;
      const query = { group: group ? 'cause' : undefined, job_id: job, cause, limit, before };
      const body = await api.get<Failures>('/failures', query);
      if (json) print(JSON.stringify(body, null, 2));
      else if (body.causes) print(formatCauses(body.causes));
      else print(formatRuns(body.failures ?? []));
      if (!json && body.left)
        note(`${body.left} more failed runs have other causes, or are older than the runs that were read`);
    });
}

const formatCauses = (causes: readonly CauseView[]): string =>
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
