import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { FlowCursorsView } from '../../../functions/api/flows/flow-cursors.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { formatTable } from '../table.ts';

export function addCursorCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('cursors')
    .summary('Show and set the cursors of a flow whose sources read only what has changed')
    .addHelpText('after', `\nExample: jobdeck cursors set orders source_1 2026-01-01T00:00:00Z`);
  group
    .command('list', { isDefault: true })
    .description('list the cursors with which the next run begins')
    .argument('<flow>', 'id of the flow')
    .action(async (flow) => print(context, await context.api.get<FlowCursorsView>(path`/v1/flows/${flow}/cursor`)));
  group
    .command('set')
    .description('set the cursor of a source')
    .argument('<flow>', 'id of the flow')
    .argument('<source>', 'id of the source')
    .argument(
      '<cursor>',
      'a number, a time or text, like the start in the definition; of an s3 source the text at its placeholder',
    )
    .action((flow, source, cursor) => put(context, flow, source, cursor));
  group
    .command('reset')
    .description(
      'restore the start of the definition, so that the next run reads everything; an s3 source forgets what it has read',
    )
    .argument('<flow>', 'id of the flow')
    .argument('<source>', 'id of the source')
    .action((flow, source) => put(context, flow, source, null));
}

async function put(context: CommandContext, flow: string, source: string, cursor: string | null): Promise<void> {
  const body = { cursors: { [source]: cursor } };
  const answer = await context.api.request<FlowCursorsView>('PUT', path`/v1/flows/${flow}/cursor`, { body });
  print(context, answer.body);
}

function print({ json, print }: CommandContext, answer: FlowCursorsView): void {
  const rows = Object.entries(answer.cursors);
  if (json) print(JSON.stringify(answer, null, 2));
  else print(rows.length === 0 ? 'No source has a cursor' : formatTable(['SOURCE', 'CURSOR'], rows));
}
