import { InvalidInput } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { CountReads } from '../../core/store/walk-runs.ts';
import { operation } from '../http/operation.ts';
import { createReadCounter, type ReadBudget } from '../http/read-budget.ts';
import { compareJobs } from './job-sorting.ts';
import type { JobSummary } from './job-view.ts';
import { type JobsQuery, jobsQuery, pipelineJobsQuery } from './jobs-query.ts';
import { requirePipeline } from './pipelines.ts';
import { walkJobs } from './walk-jobs.ts';

/** Maximum jobs that one request sorts by a field other than `created_at`. */
const MAX_SORTED_JOBS = 1_000;

/** About 5 s at 50 ms for 2,000 keys and 10 ms for 100 rows. */
const READ_BUDGET: ReadBudget = { keys: 100_000, rows: 20_000, reservedMs: 8_000 };

interface Page {
  readonly data: readonly JobSummary[];
  readonly has_more: boolean;
}

export const listJobs = (platform: Pick<Platform, 'db' | 'now'>, budget = READ_BUDGET) =>
  operation({
    query: jobsQuery,
    async handle({ caller: { tenant }, query, remainingMs }) {
      const spend = createReadCounter(budget, remainingMs, (looked) => tooFewMatchesError(query, looked));
      return { status: 200, body: await readJobsPage(platform, tenant, query, spend) };
    },
  });

/** Lists the jobs of one pipeline. */
export const listPipelineJobs = (platform: Pick<Platform, 'db' | 'now'>, budget = READ_BUDGET) =>
  operation({
    query: pipelineJobsQuery,
    async handle({ caller: { tenant }, params: { pipeline_id: id = '' }, query: given, remainingMs }) {
      const { id: pipelineId } = await requirePipeline(platform.db, tenant, id);
      const query = { ...given, filter: { ...given.filter, pipelineId } };
      const spend = createReadCounter(budget, remainingMs, (looked) => tooFewMatchesError(query, looked));
      return { status: 200, body: await readJobsPage(platform, tenant, query, spend) };
    },
  });

async function readJobsPage(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  query: JobsQuery,
  spend: CountReads,
): Promise<Page> {
  const { filter, sort } = query;
  const isByCreation = sort.field === 'created_at';
  const newestFirst = !isByCreation || sort.descending;
  const jobs = walkJobs(platform, tenant, filter, newestFirst, spend);
  return isByCreation ? readCreationOrderPage(jobs, query) : readSortedPage(jobs, query);
}

/** Reads a page in creation order. */
async function readCreationOrderPage(
  jobs: AsyncIterable<readonly JobSummary[]>,
  { limit, offset }: JobsQuery,
): Promise<Page> {
  const page: JobSummary[] = [];
  let skip = offset;
  for await (const batch of jobs) {
    page.push(...batch.slice(skip));
    skip = Math.max(0, skip - batch.length);
    if (page.length > limit) break;
  }
  return { data: page.slice(0, limit), has_more: page.length > limit };
}

/**
 * Sorts all matching jobs and returns a page.
 *
 * @throws InvalidInput if more than `MAX_SORTED_JOBS` jobs match
 */
async function readSortedPage(
  jobs: AsyncIterable<readonly JobSummary[]>,
  { limit, offset, sort }: JobsQuery,
): Promise<Page> {
  const all: JobSummary[] = [];
  for await (const batch of jobs) {
    all.push(...batch);
    if (all.length > MAX_SORTED_JOBS) {
      const what = `by ${sort.field} takes a filter that at most ${MAX_SORTED_JOBS} jobs match`;
      throw new InvalidInput('sort', `${what}; narrow it by pipeline_id or state, or sort by created_at`);
    }
  }
  const data = all.sort(compareJobs(sort)).slice(offset, offset + limit);
  return { data, has_more: all.length > offset + limit };
}

/** The error for a list whose page is incomplete after the maximum number of reads. */
function tooFewMatchesError({ offset }: JobsQuery, count: number): InvalidInput {
  const looked = `${count} jobs were looked through`;
  const [field, problem] =
    offset > 0
      ? ['offset', `${offset} is too deep: ${looked} and did not reach the end of its page`]
      : ['query', `matches too few jobs: ${looked}, and they do not fill a page`];
  return new InvalidInput(field, `${problem}; narrow the list by pipeline_id, state or running`);
}
