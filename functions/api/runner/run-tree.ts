import * as z from 'zod';
import { chainRootOf } from '../../core/domain/chain.ts';
import type { Run, SkippedTick } from '../../core/domain/run.ts';
import { parseRunId, publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getRows, listChain } from '../../core/store/chained-runs.ts';
import { getIncarnations } from '../../core/store/job-states.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { lazy, route } from '../http/route.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { requireRun, runNotFoundError } from './find-run.ts';
import { type RunView, run, toRunView } from './run-view.ts';
import { runParameter } from './runs.ts';
import { truncateOutputs, truncateOutputsToFit } from './truncate-output.ts';

/** Maximum number of runs in a tree. */
const MAX_RUNS = 500;

/** Maximum bytes of each output. */
const MAX_OUTPUT_BYTES = 1_000;

/** A run and the runs that started because of it. */
export interface RunTree {
  readonly run: RunView;
  readonly children: readonly RunTree[];
}

const runTree: () => z.ZodType<RunTree> = lazy(() =>
  namedSchema('RunnerRunTree', z.object({ run: run(), children: z.array(z.lazy(runTree)) })),
);

export const getRunTree = route({
  method: 'GET',
  path: '/runs/{run}/tree',
  operation: 'getRunTree',
  action: 'read',
  openapi: () => ({
    summary: 'Get the chain of a run',
    description:
      'Returns the whole chain that contains the run, from its first run: each run with those that started because of ' +
      'it, skipped ones included. Outputs are truncated to their ends. A redriven run is beside the run that it repeats; ' +
      'if that one was the first, the redriven run is the first of a tree of its own.',
    pathParameters: { run: runParameter().run },
    errors: [404],
  }),
  responses: () => ({
    200: {
      description: `The chain, at most ${MAX_RUNS} runs, those closest to the first one.`,
      body: z.object({
        run: run(),
        children: z.array(runTree()),
        truncated: z.boolean().describe(`Whether the chain has more than ${MAX_RUNS} runs.`),
      }),
    },
  }),
  async handle({ caller: { tenant }, params }, platform: Pick<Platform, 'db' | 'now'>) {
    const ref = parseRunId(tenant, params.run);
    if (!ref) throw runNotFoundError();
    const requested = await requireRun(platform, tenant, ref.jobId, params.run);
    const root = chainRootOf(requested);
    const listed = await listChain(platform.db, tenant, root, MAX_RUNS);
    const chain = listed.slice(0, MAX_RUNS - 1);
    const rootRef = parseRunId(tenant, root);
    const refs = [...(rootRef ? [rootRef] : []), ...chain.map((one) => one.ref)];
    const rows = await findShownRows(platform, tenant, refs);
    if (!rows.some((row) => publicRunId(row) === params.run)) rows.unshift(requested);
    const tree = toTree(rows, params.run);
    return { status: 200, body: { ...tree, truncated: listed.length > chain.length } };
  },
});

/** Reads runs in batches of 50, and omits those that have expired or belong to deleted jobs. */
async function findShownRows(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  refs: Parameters<typeof getRows>[1],
): Promise<(Run | SkippedTick)[]> {
  const [rows, incarnations] = await Promise.all([
    getRows(db, refs),
    getIncarnations(db, tenant, [...new Set(refs.map(({ jobId }) => jobId))]),
  ]);
  return rows.filter(
    (row) => row !== undefined && incarnations.get(row.jobId) === row.incarnation && !isPurgeDue(row, now()),
  ) as (Run | SkippedTick)[];
}

/**
 * Builds the tree from the first run, or from the earliest run before `runId` that is left if the first one is not.
 *
 * @param rows the runs in the order of their distance from the first one
 */
function toTree(rows: readonly (Run | SkippedTick)[], runId: string): RunTree {
  const views = truncateOutputsToFit(
    rows.map((row) => truncateOutputs(toRunView(row), MAX_OUTPUT_BYTES)),
    MAX_RESPONSE_BYTES,
  );
  const trees = new Map(views.map((view) => [view.run_id, { run: view, children: [] as RunTree[] }]));
  let top = trees.get(runId) as RunTree;
  for (const tree of trees.values()) trees.get(tree.run.parent_run_id ?? '')?.children.push(tree);
  for (let parent: RunTree | undefined = top; parent; parent = trees.get(parent.run.parent_run_id ?? '')) top = parent;
  return top;
}
