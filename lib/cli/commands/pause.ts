import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { PausedJobView } from '../../../functions/api/runner/pause.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { duration } from '../parsers.ts';
import { formatTime } from '../table.ts';

export function addPauseCommands(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('pause')
    .summary('Pause the schedule of a job')
    .description('Pauses the schedule of a job. Active runs continue, and runs on demand start.')
    .argument('<job>', 'job id')
    .option('--until <time>', 'end of the pause, ISO 8601 (until the job is resumed)')
    .addOption(
      new Option('--for <duration>', 'how long, such as 90m, 12h, 7d or 2w; instead of --until')
        .argParser(duration('for'))
        .conflicts('until'),
    )
    .action(async (job, { until, for: length }) => {
      const end = length === undefined ? until : new Date(context.now() + length).toISOString();
      const body = end === undefined ? {} : { until: end };
      print(context, await context.api.post<PausedJobView>(path`/jobs/${job}/pause`, body));
    });
  program
    .command('resume')
    .summary('End the pause of a job')
    .argument('<job>', 'job id')
    .action(async (job) => print(context, await context.api.post<PausedJobView>(path`/jobs/${job}/resume`)));
}

function print(context: CommandContext, job: PausedJobView): void {
  const end = job.paused_until === null ? 'until it is resumed' : `until ${formatTime(job.paused_until)}`;
  const text = job.paused ? `Paused ${end}` : 'Not paused';
  context.print(context.json ? JSON.stringify(job) : text);
}
