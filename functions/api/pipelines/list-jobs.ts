import { InvalidInput } from '../../core/domain/errors.ts';
import { isFlowRun, type RunWithFlow } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { ALL_TIME, type CountReads, walkTenantRuns } from '../../core/store/walk-runs.ts';
import { dependsOnTasks, type JobState, toJobState } from './job-state.ts';
import { type JobSummaryView, toJobSummary } from './job-view.ts';
import type { JobFilter, JobsQuery, Sort } from './jobs-query.ts';

/** Maximum jobs that one request sorts by a field other than `created_at`. */
const MAX_SORTED_JOBS = 1_000;

type ReadPlatform = Pick<Platform, 'db' | 'now'>;

interface JobsPage {
  readonly data: readonly JobSummaryView[];
  readonly has_more: boolean;
}

/**
 * Reads a page of jobs.
 *
 * @throws InvalidInput if more jobs match than one request can sort
 */
export async function readJobsPage(
  platform: ReadPlatform,
  tenant: TenantId,
  query: JobsQuery,
  countReads: CountReads,
): Promise<JobsPage> {
  const { filter, sort } = query;
  const isByCreation = sort.field === 'created_at';
  const newestFirst = !isByCreation || sort.descending;
  const jobs = walkJobs(platform, tenant, filter, newestFirst, countReads);
  return isByCreation ? readCreationOrderPage(jobs, query) : readSortedPage(jobs, query);
}

/** The error for a list whose page is incomplete after the maximum number of reads. */
export function tooFewMatchesError({ offset }: JobsQuery, count: number): InvalidInput {
  const looked = `${count} jobs were looked through`;
  const [field, problem] =
    offset > 0
      ? ['offset', `${offset} is too deep: ${looked} and did not reach the end of its page`]
      : ['query', `matches too few jobs: ${looked}, and they do not fill a page`];
  return new InvalidInput(field, `${problem}; narrow the list by pipeline_id, state or running`);
}

type JobBatches = AsyncIterable<readonly JobSummaryView[]>;

async function readCreationOrderPage(jobs: JobBatches, { limit, offset }: JobsQuery): Promise<JobsPage> {
  const page: JobSummaryView[] = [];
  let skip = offset;
  for await (const batch of jobs) {
    page.push(...batch.slice(skip));
    skip = Math.max(0, skip - batch.length);
    if (page.length > limit) break;
  }
  return { data: page.slice(0, limit), has_more: page.length > limit };
}

/** @throws InvalidInput if more than `MAX_SORTED_JOBS` jobs match */
async function readSortedPage(jobs: JobBatches, { limit, offset, sort }: JobsQuery): Promise<JobsPage> {
  const all: JobSummaryView[] = [];
  for await (const batch of jobs) {
    all.push(...batch);
    if (all.length > MAX_SORTED_JOBS) {
      const what = `by ${sort.field} requires a filter that matches at most ${MAX_SORTED_JOBS} jobs`;
      throw new InvalidInput('sort', `${what}; narrow it by pipeline_id or state, or sort by created_at`);
    }
  }
  const data = all.sort(compareJobs(sort)).slice(offset, offset + limit);
  return { data, has_more: all.length > offset + limit };
}

/** Creates a comparator. Ties are ordered newest first; `null` sorts last in both directions; states sort by name. */
function compareJobs({ field, descending }: Sort): (a: JobSummaryView, b: JobSummaryView) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a[field], b[field]];
    if (left === right) return compareNewestFirst(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  };
}

function compareNewestFirst(a: JobSummaryView, b: JobSummaryView): number {
  if (a.created_at !== b.created_at) return b.created_at - a.created_at;
  return Number(a.id < b.id) - Number(a.id > b.id);
}

/**
 * Yields batches of matching jobs in creation order. Runs of scripts, expired runs and runs of deleted pipelines are
 * omitted.
 */
async function* walkJobs(
  platform: ReadPlatform,
  tenant: TenantId,
  filter: JobFilter,
  newestFirst: boolean,
  countReads: CountReads,
): AsyncGenerator<readonly JobSummaryView[]> {
  const { pipelineId, runStates, state } = filter;
  const wanted = { states: runStates, jobId: pipelineId, kinds: ['flow'] } as const;
  const runs = walkTenantRuns(platform.db, tenant, wanted, { ...ALL_TIME, oldestFirst: !newestFirst }, countReads);
  for await (const batch of runs) {
    const now = platform.now();
    const flowRuns = batch
      .filter((run) => isFlowRun(run))
      .filter((run) => runStates.includes(run.state) && !isPurgeDue(run, now));
    const states = await Promise.all(flowRuns.map((run) => readJobState(platform, run)));
    yield flowRuns.flatMap((run, i) => {
      const current = states[i];
      return current && (state === null || state === current) ? toJobSummary(run, current) : [];
    });
  }
}

async function readJobState({ db, now }: ReadPlatform, run: RunWithFlow): Promise<JobState> {
  const tasks = dependsOnTasks(run) ? await listTasks(db, run, run.flow.plan?.tasks ?? 0) : [];
  return toJobState(run, tasks, now());
}
