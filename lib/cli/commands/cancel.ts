import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { path } from '../api.ts';
import { hasEnded, jobIdOf, type RunView } from '../api-types.ts';
import type { CommandContext } from '../context.ts';

export function addCancelCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('cancel')
    .summary('Cancel a run')
    .description('Cancels a run and waits up to 10 s for its end.')
    .argument('<run>', 'run id')
    .action(async (runId) => {
      const { api, json, print } = context;
      const body = await api.post<{ readonly run: RunView }>(path`/jobs/${jobIdOf(runId)}/runs/${runId}/cancel`);
      const { run } = body;
      print(json ? JSON.stringify(body, null, 2) : `${runId}: ${hasEnded(run) ? run.status : 'is being stopped'}`);
    });
}
