import type { RunTree } from '../../functions/api/runner/run-tree.ts';
import { path } from '../cli/api.ts';
import { countFitting, leftOut } from './answer.ts';
import { items, runId } from './inputs.ts';
import { toRunItem } from './run-items.ts';
import { defineTool } from './tool.ts';

export const getRunTree = defineTool({
  name: 'get_run_tree',
  title: 'Get the chain of a run',
  effect: 'read',
  description:
    'The whole chain that contains a run: the runs that started after one another (after of their jobs), from the first ' +
    'one, each before those that it started. depth is the distance from the first run, parent_run_id the run before. Use ' +
    'it for "what started this run?" and "what did not start because this run failed?".',
  input: { run_id: runId() },
  output: { runs: items('depth, parent_run_id, and the fields of list_runs.') },
  async call({ run_id: id }, { api, maxBytes }) {
    const tree = await api.get<RunTree & { readonly truncated: boolean }>(path`/runs/${id}/tree`);
    const all = flatten(tree, 0);
    const shown = all.slice(0, countFitting(all, maxBytes));
    const left = all.length - shown.length;
    return {
      runs: shown,
      ...leftOut(
        left > 0 && `${left} more runs: call again with a larger max_bytes`,
        tree.truncated && 'runs beyond the first 500, farther from the first one',
      ),
    };
  },
});

/** Lists the runs of a tree in depth-first order. */
function flatten({ run, children }: RunTree, depth: number): readonly Readonly<Record<string, unknown>>[] {
  return [{ depth, ...toRunItem(run) }, ...children.flatMap((child) => flatten(child, depth + 1))];
}
