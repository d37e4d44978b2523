import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { ACTIVE_STATES, type Run, TERMINAL_STATES } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { type CountReads, runPosition, walkTenantRuns } from '../../core/store/walk-runs.ts';
import { requireJob } from '../definition/find-job.ts';
import type { CursorSigner } from '../http/cursor.ts';
import { MAX_RESPONSE_BYTES } from '../http/response.ts';
import { route } from '../http/route.ts';
import { createRunReadCounter, DEFAULT_READ_BUDGET, type OptionalReadBudget } from './read-budget.ts';
import { runStatus, STATES_BY_STATUS } from './run-status.ts';
import { run, toRunView } from './run-view.ts';
import { type TenantRunsQuery, tenantRunsQuery } from './tenant-runs-query.ts';
import { truncateOutputs, truncateOutputsToFit } from './truncate-output.ts';

/** Maximum bytes of each output in the list of all runs. */
const MAX_OUTPUT_BYTES = 1_000;

/** Ordered as a run passes through them. */
const RUN_STATES = [...ACTIVE_STATES, ...TERMINAL_STATES] as const;

export const invalidCursorError = (): Error =>
  new InvalidInput('cursor', 'must be the `next_cursor` of an earlier response');

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
      'within the last seconds may be missing.',
    errors: [404],
  }),
  responses: () => ({
    200: {
      description:
        'A page of runs. `next_cursor` is the value of `cursor` for the next page with the same filters; `null` on ' +
        'the last page.',
      body: z.object({ runs: z.array(run()), next_cursor: z.string().nullable() }),
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
    const { runs, more } = await readPage(platform, tenant, query, after, countReads);
    const last = more ? runs.at(-1) : undefined;
    const next = last ? await cursors.create(tenant, CURSOR_SCOPE, runPosition(last)) : null;
    const views = runs.map((run) => truncateOutputs(toRunView(run), MAX_OUTPUT_BYTES));
    return { status: 200, body: { runs: truncateOutputsToFit(views, MAX_RESPONSE_BYTES), next_cursor: next } };
  },
});

async function readPage(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { limit, job_id, status, trigger, tag, since, until }: TenantRunsQuery,
  after: string | undefined,
  countReads: CountReads,
): Promise<{ readonly runs: readonly Run[]; readonly more: boolean }> {
  const statuses = new Set<string>(status);
  const states = RUN_STATES.filter((state) => status.some((name) => STATES_BY_STATUS[name].includes(state)));
  const wanted = { states, jobId: job_id, batchSize: limit + 1 };
  const range = { from: since, through: until, initialPageSize: limit + 2, ...(after !== undefined && { after }) };
  const matches = (run: Run) =>
    statuses.has(runStatus(run)) &&
    (trigger === null || run.trigger === trigger) &&
    tag.every((name) => run.tags.includes(name)) &&
    !isPurgeDue(run, now());
  const runs: Run[] = [];
  for await (const batch of walkTenantRuns(db, tenant, wanted, range, countReads)) {
    runs.push(...batch.filter(matches));
    if (runs.length > limit) return { runs: runs.slice(0, limit), more: true };
  }
  return { runs, more: false };
}
