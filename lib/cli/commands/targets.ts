import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { TargetView } from '../../../functions/api/runner/targets.ts';
import type { CommandContext } from '../context.ts';
import { formatTable } from '../table.ts';

export function addTargetsCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('targets')
    .summary('List the targets that jobs can name')
    .action(async () => {
      const { targets } = await context.api.get<{ readonly targets: readonly TargetView[] }>('/targets');
      if (context.json) context.print(JSON.stringify({ targets }, null, 2));
      else if (targets.length === 0) context.note('There are no targets.');
      else {
        const rows = targets.map(({ name, type }) => [name, type]);
        context.print(formatTable(['TARGET', 'TYPE'], rows));
      }
    });
}
