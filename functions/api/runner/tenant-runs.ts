import { InvalidInput } from '../../core/domain/errors.ts';
import { ACTIVE_STATES, type Run, TERMINAL_STATES } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isDue } from '../../core/store/run-item.ts';
import { placeOf, type Spend, walkTenantRuns } from '../../core/store/walk-runs.ts';
import { requireJob } from '../definition/find-job.ts';
import { ANSWER_BYTES } from '../http/answer.ts';
import type { Cursors } from '../http/cursor.ts';
import { operation } from '../http/operation.ts';
import { fitRuns, shortened } from './fit.ts';
import { READ_BUDGET, spendWithin } from './read-budget.ts';
import { runStatus, STATES } from './run-status.ts';
import { runView } from './run-view.ts';
import { type TenantRunsQuery, tenantRunsQuery } from './tenant-runs-query.ts';

/** Bytes of each output that a run in the list of all runs shows: its end. */
const OUTPUT_BYTES = 1_000;

/** In the order of a run's life. */
const RUN_STATES = [...ACTIVE_STATES, ...TERMINAL_STATES] as const;

/** The refusal of a cursor that is none. */
export const cursorRefused = (): Error => new InvalidInput('cursor', 'must be the `next_cursor` of an earlier answer');

/** All that cursors are of: whatever a list is narrowed to, a place in the order of all runs is a place in it. */
const LIST = 'runs';

/**
 * The runs of all jobs, newest first. A page may be followed by what its `next_cursor` stands for: no run is left out
 * between the two, or shown by both. It is null behind the last run.
 */
export const listTenantRuns = (platform: Pick<Platform, 'db' | 'now'>, cursors: Cursors, budget = READ_BUDGET) =>
  operation({
    query: tenantRunsQuery,
    async handle({ caller: { tenant }, query, remainingMs }) {
      const { limit, cursor } = query;
      if (query.since > query.until) throw new InvalidInput('until', `must not be before since, ${query.since}`);
      if (query.job_id) await requireJob(platform.db, tenant, query.job_id);
      const after = cursor === null ? undefined : await cursors.open(tenant, LIST, cursor);
      const problem = `fewer than ${limit} runs match among those that one request reads`;
      const spend = spendWithin(budget, remainingMs, problem);
      const { runs, more } = await readPage(platform, tenant, query, after, spend);
      const last = more ? runs.at(-1) : undefined;
      const next = last ? await cursors.make(tenant, LIST, placeOf(last)) : null;
      const views = runs.map((run) => shortened(runView(run), OUTPUT_BYTES));
      return { status: 200, body: { runs: fitRuns(views, ANSWER_BYTES), next_cursor: next } };
    },
  });

async function readPage(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { limit, job_id, status, trigger, since, until }: TenantRunsQuery,
  after: string | undefined,
  spend: Spend,
): Promise<{ readonly runs: readonly Run[]; readonly more: boolean }> {
  const names = new Set<string>(status);
  const states = RUN_STATES.filter((state) => status.some((name) => STATES[name].includes(state)));
  const wanted = { states, jobId: job_id, atOnce: limit + 1 };
  const range = { from: since, through: until, likely: limit + 2, ...(after !== undefined && { after }) };
  const matches = (run: Run) =>
    names.has(runStatus(run)) && (trigger === null || run.trigger === trigger) && !isDue(run, now());
  const runs: Run[] = [];
  for await (const some of walkTenantRuns(db, tenant, wanted, range, spend)) {
    runs.push(...some.filter(matches));
    if (runs.length > limit) return { runs: runs.slice(0, limit), more: true };
  }
  return { runs, more: false };
}
