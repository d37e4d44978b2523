import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ScriptView } from '../../../functions/api/runner/scripts.ts';
import type { CommandContext } from '../context.ts';
import { formatTable } from '../table.ts';

export function addScriptsCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('scripts')
    .summary('List the scripts that jobs can run')
    .action(async () => {
      const { scripts } = await context.api.get<{ readonly scripts: readonly ScriptView[] }>('/scripts');
      if (context.json) context.print(JSON.stringify({ scripts }, null, 2));
      else if (scripts.length === 0) context.note('There are no scripts.');
      else {
        const rows = scripts.map(({ name, usage, description }) => [name, usage, description]);
        context.print(formatTable(['SCRIPT', 'ARGUMENTS', 'DESCRIPTION'], rows));
      }
    });
}
