import * as z from 'zod';
import { parseRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { type IndexPage, walkActive, walkCreated } from '../../core/store/flow-lists.ts';
import { listJobs as listDefinitions } from '../../core/store/jobs.ts';
import type { Spend } from '../../core/store/walk-runs.ts';
import { ANSWER_BYTES, answerBytes } from '../http/answer.ts';
import type { Cursors } from '../http/cursor.ts';
import { operation } from '../http/operation.ts';
import { type ReadBudget, spendFrom } from '../http/read-budget.ts';
import { FlowJobs } from './flow-jobs.ts';
import { invalidQuery } from './invalid-query.ts';
import { type JobView, STATES } from './job-view.ts';
import { type JobFilter, type JobsPage, matches, mayMatch, parseJobsQuery } from './jobs-query.ts';
import { nextLink } from './next-link.ts';

/** Rows read at once. */
const CHUNK = 250;

/** Some 6 s of keys at 50 ms for 2,000, and 4 s of rows at 20 ms for 100. */
const BUDGET: ReadBudget = { keys: 250_000, rows: 20_000, restMs: 8_000 };

/**
 * Newest first. A page of fewer jobs than asked for (1001 by default) is the last one; one that is not may be followed by
 * its `Link`, or, unless it was asked for by its number, by asking for what was made before its last job.
 */
export const listJobs = (platform: Pick<Platform, 'db' | 'now'>, cursors: Cursors, budget = BUDGET) =>
  operation({
    query: z.record(z.string(), z.string()),
    async handle({ caller: { tenant }, query, remainingMs }) {
      const { filter: given, page: wanted, cursor } = parseJobsQuery(query);
      const list = `jobs ${JSON.stringify(given)}`;
      const filter = await withFlows(platform.db, tenant, given);
      const after = cursor === null ? undefined : await cursors.open(tenant, list, cursor);
      const jobs = new FlowJobs(platform, tenant);
      const spend = spendFrom(budget, remainingMs, tooSparse);
      const { page, last } =
        filter.flowJobId === null
          ? await readPage(jobs, { filter, wanted }, walkFor(platform, tenant, filter, after), spend)
          : await stepsPage(jobs, tenant, { filter, wanted }, filter.flowJobId);
      if (answerBytes(page) > ANSWER_BYTES) {
        const message = `too many jobs were made at ${page.at(-1)?.createdAt} for one answer; ask for one type, or flow`;
        throw invalidQuery('query', message);
      }
      const next = last === undefined ? undefined : await cursors.make(tenant, list, last);
      const { page: _, ...others } = query;
      return { status: 200, body: page, ...(next && { headers: nextLink('/v1/jobs', { ...others, cursor: next }) }) };
    },
  });

/** The filter with `disabled` turned into the ids of the flows that it names. */
async function withFlows(db: Db, tenant: TenantId, filter: JobFilter): Promise<JobFilter> {
  if (filter.disabled === null) return filter;
  const flows = (await listDefinitions(db, tenant)).filter(({ enabled }) => enabled !== filter.disabled);
  const { flowIds } = filter;
  return { ...filter, flowIds: flows.map(({ id }) => id).filter((id) => flowIds?.includes(id) ?? true) };
}

/** Which jobs an answer shows. */
interface Asked {
  readonly filter: JobFilter;
  readonly wanted: JobsPage;
}

interface Page {
  readonly page: readonly JobView[];
  /** Key of its last job; undefined when it is the last page. */
  readonly last?: string;
}

function walkFor(
  { db }: Pick<Platform, 'db'>,
  tenant: TenantId,
  { types, statuses, flowIds, createdFrom, createdThrough }: JobFilter,
  after: string | undefined,
): AsyncIterable<IndexPage> {
  const range = { from: createdFrom, through: createdThrough, ...(after !== undefined && { after }) };
  const nothingPasses = [types, statuses, flowIds].some((values) => values?.length === 0);
  if (nothingPasses) return walkActive(db, tenant, range, { runs: [], steps: [] });
  if (statuses.includes('completed')) return walkCreated(db, tenant, range, ['flows']);
  const states = statuses.flatMap((status) => STATES[status]);
  const hasSteps = types.some((type) => type !== 'flow');
  return walkActive(db, tenant, range, {
    runs: types.includes('flow') ? states : [],
    // The row of a step is `running` until it is told of its run's end, whatever that is.
    steps: hasSteps ? [...new Set(['running' as const, ...states])] : [],
  });
}

async function readPage(
  jobs: FlowJobs,
  { filter, wanted }: Asked,
  walk: AsyncIterable<IndexPage>,
  spend: Spend,
): Promise<Page> {
  const page: JobView[] = [];
  let last = '';
  let skip = wanted.skip;
  const isFull = (createdAt = '') =>
    page.length >= wanted.size && (wanted.isExact || createdAt !== page.at(-1)?.createdAt);
  for await (const { rows, read } of walk) {
    spend('keys', read);
    const candidates = rows.filter((row) => mayMatch(filter, row));
    for (let i = 0; i < candidates.length; i += CHUNK) {
      const chunk = candidates.slice(i, i + CHUNK);
      if (isFull(chunk[0]?.createdAt)) return { page, last };
      spend('rows', chunk.length);
      for (const [at, view] of (await jobs.views(chunk)).entries()) {
        if (isFull(chunk[at]?.createdAt)) return { page, last };
        if (!view || !matches(filter, view)) continue;
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

/** The steps of one run: one page, unless a page is asked for by its number. */
async function stepsPage(
  jobs: FlowJobs,
  tenant: TenantId,
  { filter, wanted: { skip, size, isExact } }: Asked,
  flowJobId: string,
): Promise<Page> {
  const ref = parseRunId(tenant, flowJobId);
  const steps = ref ? await jobs.stepsOf(ref) : [];
  const newestFirst = steps.filter((job) => matches(filter, job)).sort((a, b) => compare(b.createdAt, a.createdAt));
  return { page: isExact ? newestFirst.slice(skip, skip + size) : newestFirst };
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** The error of a filter whose page is not full after all reads that one request may make. */
function tooSparse(count: number): Error {
  const looked = `${count} jobs were looked through, and they do not fill a page`;
  return invalidQuery('query', `matches too few jobs: ${looked}; narrow it by createdAt_gte and createdAt_lte`);
}
