import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { ACTIVE_STATES, type Run, TERMINAL_STATES } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { createRunSearcher } from '../../core/engine/search/run-searcher.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { type CountReads, runPosition, walkTenantRuns } from '../../core/store/walk-runs.ts';
import { requireJob } from '../definition/find-job.ts';
import type { CursorSigner } from '../http/cursor.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { route } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';
import { createRunReadCounter, DEFAULT_READ_BUDGET, type OptionalReadBudget } from './read-budget.ts';
import { toRunSearch } from './run-filter.ts';
import { runStatus, STATES_BY_STATUS } from './run-status.ts';
import { run, toRunView } from './run-view.ts';
import { type TenantRunsQuery, tenantRunsQuery } from './tenant-runs-query.ts';
import { truncateOutputs, truncateOutputsToFit } from './truncate-output.ts';

/** Maximum bytes of each output in the list of all runs. */
const MAX_OUTPUT_BYTES = 1_000;

/** Runs read at once in search of a text, the maximum of the store. */
const MAX_BATCH_SIZE = 100;

/** Ordered as a run passes through them. */
const RUN_STATES = [...ACTIVE_STATES, ...TERMINAL_STATES] as const;

/** Scope of the cursors. A cursor is a position among all runs, so it is valid with any filter. */
const CURSOR_SCOPE = 'runs';

export interface TenantRunsDependencies extends Pick<Platform, 'db' | 'now'>, OptionalReadBudget {
  readonly cursors: CursorSigner;
}

/** Consecutive pages neither omit nor repeat a run. */
export const listTenantRuns = route({
  method: 'GET',
  path: '/runs',
  operation: 'listTenantRuns',
  action: 'read',
  polled: true,
  query: tenantRunsQuery,
  repeatable: ['tag'],
  openapi: () => ({
    summary: 'List the runs of all jobs',
    description:
      'Returns runs, newest first, with outputs truncated to their ends. Skipped ticks are listed by ' +
      '`GET /jobs/{id}/runs` only. The list is eventually consistent: a run that was created or changed its state ' +
      'within the last seconds may be missing. A request reads some 20,000 runs: with filters that few runs match, a ' +
      'page may have fewer runs than `limit`, or none, and a `next_cursor` behind which the next request reads on.',
    errors: [404],
  }),
  responses: () => ({
    200: {
      description:
        'A page of runs. `next_cursor` is the value of `cursor` for the next page with the same filters; `null` on ' +
        'the last page.',
      body: z.object({
        runs: z.array(run()),
        next_cursor: z.string().nullable(),
        scanned: nonNegativeInteger().describe('Runs that were read in search of those that match.'),
      }),
    },
  }),
  async handle({ caller: { tenant }, query, remainingMs }, dependencies: TenantRunsDependencies) {
    const { cursors, readBudget = DEFAULT_READ_BUDGET, ...platform } = dependencies;
    const { limit, cursor } = query;
    if (query.since > query.until) throw new InvalidInput('until', `must not be before since, ${query.since}`);
    if (query.job_id) await requireJob(platform.db, tenant, query.job_id);
    const after = cursor === null ? undefined : await cursors.verify(tenant, CURSOR_SCOPE, cursor);
    const problem = `fewer than ${limit} runs match among those that one request reads`;
    const countReads = createRunReadCounter(readBudget, remainingMs, problem);
    const { runs, through, scanned } = await readPage(platform, tenant, query, after, countReads);
    const next = through === null ? null : await cursors.create(tenant, CURSOR_SCOPE, through);
    const views = runs.map((run) => truncateOutputs(toRunView(run), MAX_OUTPUT_BYTES));
    return { status: 200, body: { runs: truncateOutputsToFit(views, MAX_RESPONSE_BYTES), next_cursor: next, scanned } };
  },
});

/** Runs that match, the position behind which the next page starts (`null` on the last page), and the number of runs read. */
interface TenantRunsPage {
  readonly runs: readonly Run[];
  readonly through: string | null;
  readonly scanned: number;
}

/**
 * Reads until the page is full, the end of the list, or the end of the read budget.
 *
 * @throws the error of the budget if not even the first of the runs could be read
 */
async function readPage(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  query: TenantRunsQuery,
  after: string | undefined,
  countReads: CountReads,
): Promise<TenantRunsPage> {
  const { limit, job_id, status, trigger, tag, since, until } = query;
  const statuses = new Set<string>(status);
  const states = RUN_STATES.filter((state) => status.some((name) => STATES_BY_STATUS[name].includes(state)));
  let progress: string | undefined;
  let isBudgetUsed = false;
  let scanned = 0;
  const countWithinBudget: CountReads = (what, read) => {
    try {
      countReads(what, read);
    } catch (error) {
      isBudgetUsed = true;
      throw error;
    }
  };
  const search = toRunSearch(query);
  const find = createRunSearcher(platform, tenant, search, countWithinBudget);
  const batchSize = search.words.length > 0 ? MAX_BATCH_SIZE : limit + 1;
  const onProgress = (position: string) => {
    progress = position;
  };
  const wanted = { states, jobId: job_id, batchSize, onProgress };
  const range = { from: since, through: until, initialPageSize: limit + 2, ...(after !== undefined && { after }) };
  const matches = (run: Run) =>
    statuses.has(runStatus(run)) &&
    (trigger === null || run.trigger === trigger) &&
    tag.every((name) => run.tags.includes(name)) &&
    !isPurgeDue(run, platform.now());
  const runs: Run[] = [];
  try {
    for await (const batch of walkTenantRuns(platform.db, tenant, wanted, range, countWithinBudget)) {
      scanned += batch.length;
      runs.push(...(await find(batch.filter(matches))));
      if (runs.length <= limit) continue;
      const page = runs.slice(0, limit);
      return { runs: page, through: positionOf(page), scanned };
    }
  } catch (error) {
    if (!isBudgetUsed || progress === undefined) throw error;
    return { runs, through: progress, scanned };
  }
  return { runs, through: null, scanned };
}

const positionOf = (page: readonly Run[]): string | null => {
  const last = page.at(-1);
  return last ? runPosition(last) : null;
};
