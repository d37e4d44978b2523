import * as z from 'zod';
import { parseRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobs as listDefinitions } from '../../core/store/jobs.ts';
import { type IndexPage, walkActive, walkCreated } from '../../core/store/run-index.ts';
import type { CountReads } from '../../core/store/walk-runs.ts';
import type { CursorSigner } from '../http/cursor.ts';
import { createReadCounter, type ReadBudget } from '../http/read-budget.ts';
import { MAX_RESPONSE_BYTES, responseBytes } from '../http/response.ts';
import { route } from '../http/route.ts';
import { FlowJobReader } from './flow-jobs.ts';
import { invalidQueryError } from './invalid-query.ts';
import { type JobView, jobSchema, STATES_BY_STATUS } from './job-view.ts';
import { type JobFilter, jobMatches, jobsQuery, type PageRequest, parseJobsQuery, rowMayMatch } from './jobs-query.ts';
import { NEXT_LINK, nextLinkHeader } from './next-link.ts';

/** Number of rows in one read. */
const ROWS_PER_READ = 250;

/** About 6 s for keys at 50 ms per 2,000, and 4 s for rows at 20 ms per 100. */
const READ_BUDGET: ReadBudget = { keys: 250_000, rows: 20_000, reservedMs: 8_000 };

export interface ListJobsDependencies extends Pick<Platform, 'db' | 'now'> {
  readonly cursors: CursorSigner;
  /** @defaultValue the budget of a request of 29 s */
  readonly readBudget?: ReadBudget;
}

/**
 * Lists jobs, newest first. A page with fewer jobs than requested (1,001 by default) is the last one. Otherwise the
 * next page is reached by the `Link` header, or without page numbers by a `createdAt_lte` of the last job.
 */
export const listJobs = route({
  method: 'GET',
  path: '/v1/jobs',
  operation: 'listJobs',
  action: 'read',
  polled: true,
  query: () => z.record(z.string(), z.string()),
  openapi: () => ({
    summary: 'List jobs (runs of flows, and their exports and imports), newest first',
    description:
      'A page has `pageSize` jobs (1,001), plus the jobs created in the same millisecond as the last one; with `page` exactly ' +
      '`pageSize` jobs.',
    query: jobsQuery(),
  }),
  responses: () => ({ 200: { description: 'A page of jobs.', body: z.array(jobSchema()), headers: NEXT_LINK } }),
  async handle(
    { caller: { tenant }, query, remainingMs },
    { db, now, cursors, readBudget = READ_BUDGET }: ListJobsDependencies,
  ) {
    const { filter: requested, page: pageRequest, cursor } = parseJobsQuery(query);
    const list = `jobs ${JSON.stringify(requested)}`;
    const filter = await resolveDisabled(db, tenant, requested);
    const after = cursor === null ? undefined : await cursors.verify(tenant, list, cursor);
    const jobs = new FlowJobReader({ db, now }, tenant);
    const countReads = createReadCounter(readBudget, remainingMs, tooFewMatchesError);
    const { page, last } =
      filter.flowJobId === null
        ? await readPage(jobs, { filter, pageRequest }, openWalk(db, tenant, filter, after), countReads)
        : await readSteps(jobs, tenant, { filter, pageRequest }, filter.flowJobId);
    if (responseBytes(page) > MAX_RESPONSE_BYTES) {
      const message = `too many jobs were made at ${page.at(-1)?.createdAt} for one answer; ask for one type, or flow`;
      throw invalidQueryError('query', message);
    }
    const next = last === undefined ? undefined : await cursors.create(tenant, list, last);
    const { page: _, ...others } = query;
    return {
      status: 200,
      body: page,
      ...(next && { headers: nextLinkHeader('/v1/jobs', { ...others, cursor: next }) }),
    };
  },
});

/** Replaces the filter `disabled` by the ids of the matching flows. */
async function resolveDisabled(db: Db, tenant: TenantId, filter: JobFilter): Promise<JobFilter> {
  if (filter.disabled === null) return filter;
  const flows = (await listDefinitions(db, tenant)).filter(({ enabled }) => enabled !== filter.disabled);
  const { flowIds } = filter;
  return { ...filter, flowIds: flows.map(({ id }) => id).filter((id) => flowIds?.includes(id) ?? true) };
}

/** The filters and the page of a request. */
interface ListRequest {
  readonly filter: JobFilter;
  readonly pageRequest: PageRequest;
}

interface Page {
  readonly page: readonly JobView[];
  /** The key of the last job on the page. `undefined` for the last page. */
  readonly last?: string;
}

function openWalk(
  db: Db,
  tenant: TenantId,
  { types, statuses, flowIds, createdFrom, createdThrough }: JobFilter,
  after: string | undefined,
): AsyncIterable<IndexPage> {
  const range = { from: createdFrom, through: createdThrough, ...(after !== undefined && { after }) };
  const nothingPasses = [types, statuses, flowIds].some((values) => values?.length === 0);
  if (nothingPasses) return walkActive(db, tenant, range, { runs: [], steps: [] });
  if (statuses.includes('completed')) return walkCreated(db, tenant, range, ['flows']);
  const states = statuses.flatMap((status) => STATES_BY_STATUS[status]);
  const hasSteps = types.some((type) => type !== 'flow');
  return walkActive(db, tenant, range, {
    runs: types.includes('flow') ? states : [],
    // The row of a step stays `running` until the end of its run is copied to it, so that an ended step may be found in
    // this state.
    steps: hasSteps ? [...new Set(['running' as const, ...states])] : [],
  });
}

async function readPage(
  jobs: FlowJobReader,
  { filter, pageRequest }: ListRequest,
  walk: AsyncIterable<IndexPage>,
  countReads: CountReads,
): Promise<Page> {
  const page: JobView[] = [];
  let last = '';
  let skip = pageRequest.skip;
  const isFull = (createdAt = '') =>
    page.length >= pageRequest.size && (pageRequest.isExact || createdAt !== page.at(-1)?.createdAt);
  for await (const { rows, keysRead: read } of walk) {
    countReads('keys', read);
    const candidates = rows.filter((row) => rowMayMatch(filter, row));
    for (let i = 0; i < candidates.length; i += ROWS_PER_READ) {
      const chunk = candidates.slice(i, i + ROWS_PER_READ);
      if (isFull(chunk[0]?.createdAt)) return { page, last };
      countReads('rows', chunk.length);
      for (const [at, view] of (await jobs.findAll(chunk)).entries()) {
        if (isFull(chunk[at]?.createdAt)) return { page, last };
        if (!view || !jobMatches(filter, view)) continue;
        if (skip > 0) {
          skip--;
          continue;
        }
        page.push(view);
        last = chunk[at]?.key ?? '';
      }
    }
    if (rows.length > 0 && isFull(rows.at(-1)?.createdAt)) return { page, last };
  }
  return { page };
}

/** Reads the steps of one run: all steps, or the page with the requested number. */
async function readSteps(
  jobs: FlowJobReader,
  tenant: TenantId,
  { filter, pageRequest: { skip, size, isExact } }: ListRequest,
  flowJobId: string,
): Promise<Page> {
  const ref = parseRunId(tenant, flowJobId);
  const steps = ref ? await jobs.listSteps(ref) : [];
  const newestFirst = steps.filter((job) => jobMatches(filter, job)).sort((a, b) => compare(b.createdAt, a.createdAt));
  return { page: isExact ? newestFirst.slice(skip, skip + size) : newestFirst };
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** Creates the error for a filter that matches too few of the jobs that one request may read. */
function tooFewMatchesError(count: number): Error {
  const looked = `${count} jobs were looked through, and they do not fill a page`;
  return invalidQueryError('query', `matches too few jobs: ${looked}; narrow it by createdAt_gte and createdAt_lte`);
}
