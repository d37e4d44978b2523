import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { RunTree } from '../../../functions/api/runner/run-tree.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { formatDuration, formatTable, formatTime } from '../table.ts';

export function addTreeCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('tree')
    .summary('Show the runs that started after one another')
    .description('Shows the whole chain that contains the run, from its first run.')
    .argument('<run>', 'run id')
    .action(async (runId) => {
      const { api, json, print, note } = context;
      const tree = await api.get<RunTree & { readonly truncated: boolean }>(path`/runs/${runId}/tree`);
      print(json ? JSON.stringify(tree, null, 2) : formatTree(tree));
      if (!json && tree.truncated) note('There are more runs, farther from the first one.');
    });
}

/** Formats a tree as a table whose run ids are indented by their depth. */
function formatTree(tree: RunTree): string {
  const rows = (node: RunTree, depth: number): (string | null | undefined)[][] => [
    [
      `${'  '.repeat(depth)}${node.run.run_id}`,
      node.run.status,
      formatTime(node.run.started_at),
      formatDuration(node.run.duration_ms),
      node.run.reason,
    ],
    ...node.children.flatMap((child) => rows(child, depth + 1)),
  ];
  return formatTable(['RUN', 'STATUS', 'STARTED', 'TOOK', 'REASON'], rows(tree, 0));
}
