import { InvalidInput } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Spend } from '../../core/store/walk-runs.ts';
import { operation } from '../http/operation.ts';
import { type ReadBudget, spendFrom } from '../http/read-budget.ts';
import { inOrder } from './job-order.ts';
import type { JobSummary } from './job-view.ts';
import { type JobsQuery, jobsQuery, pipelineJobsQuery } from './jobs-query.ts';
import { requirePipeline } from './pipelines.ts';
import { walkJobs } from './walk-jobs.ts';

/** Jobs that are put in another order than that of their making: more are not to be had in one request. */
const SORTABLE = 1_000;

/** Some 5 s at 50 ms for 2,000 keys and 10 ms for 100 rows. */
const BUDGET: ReadBudget = { keys: 100_000, rows: 20_000, restMs: 8_000 };

interface Page {
  readonly data: readonly JobSummary[];
  /** Whether a job follows the last of `data`. */
  readonly has_more: boolean;
}

export const listJobs = (platform: Pick<Platform, 'db' | 'now'>, budget = BUDGET) =>
  operation({
    query: jobsQuery,
    async handle({ caller: { tenant }, query, remainingMs }) {
      const spend = spendFrom(budget, remainingMs, (looked) => tooSparse(query, looked));
      return { status: 200, body: await readPage(platform, tenant, query, spend) };
    },
  });

/** Lists the jobs of one pipeline, as `listJobs` does with its `pipeline_id`. */
export const listPipelineJobs = (platform: Pick<Platform, 'db' | 'now'>, budget = BUDGET) =>
  operation({
    query: pipelineJobsQuery,
    async handle({ caller: { tenant }, params: { pipeline_id: id = '' }, query: given, remainingMs }) {
      const { id: pipelineId } = await requirePipeline(platform.db, tenant, id);
      const query = { ...given, filter: { ...given.filter, pipelineId } };
      const spend = spendFrom(budget, remainingMs, (looked) => tooSparse(query, looked));
      return { status: 200, body: await readPage(platform, tenant, query, spend) };
    },
  });

async function readPage(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  query: JobsQuery,
  spend: Spend,
): Promise<Page> {
  const { filter, sort } = query;
  const byMaking = sort.field === 'created_at';
  const newestFirst = !byMaking || sort.descending;
  const jobs = walkJobs(platform, tenant, filter, newestFirst, spend);
  return byMaking ? inTurn(jobs, query) : sorted(jobs, query);
}

/** A page of what comes in its order. */
async function inTurn(jobs: AsyncIterable<readonly JobSummary[]>, { limit, offset }: JobsQuery): Promise<Page> {
  const page: JobSummary[] = [];
  let skip = offset;
  for await (const some of jobs) {
    page.push(...some.slice(skip));
    skip = Math.max(0, skip - some.length);
    if (page.length > limit) break;
  }
  return { data: page.slice(0, limit), has_more: page.length > limit };
}

/** A page of what is to be put in order first. @throws InvalidInput when it is too much for that */
async function sorted(jobs: AsyncIterable<readonly JobSummary[]>, { limit, offset, sort }: JobsQuery): Promise<Page> {
  const all: JobSummary[] = [];
  for await (const some of jobs) {
    all.push(...some);
    if (all.length > SORTABLE) {
      const what = `by ${sort.field} takes a filter that at most ${SORTABLE} jobs match`;
      throw new InvalidInput('sort', `${what}; narrow it by pipeline_id or state, or sort by created_at`);
    }
  }
  const data = all.sort(inOrder(sort)).slice(offset, offset + limit);
  return { data, has_more: all.length > offset + limit };
}

/** The error of a list whose page is not full after all reads that one request may make. */
function tooSparse({ offset }: JobsQuery, count: number): InvalidInput {
  const looked = `${count} jobs were looked through`;
  const [field, problem] =
    offset > 0
      ? ['offset', `${offset} is too deep: ${looked} and did not reach the end of its page`]
      : ['query', `matches too few jobs: ${looked}, and they do not fill a page`];
  return new InvalidInput(field, `${problem}; narrow the list by pipeline_id, state or running`);
}
