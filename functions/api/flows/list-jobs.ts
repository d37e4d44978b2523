import * as z from 'zod';
import { parseRunId } from '../../domain/run-id.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { type IndexPage, walkActive, walkCreated } from '../../store/flow-lists.ts';
import type { Spend } from '../../store/walk-runs.ts';
import { ANSWER_BYTES, answerBytes } from '../edge/answer.ts';
import type { Cursors } from '../edge/cursor.ts';
import { operation } from '../edge/operation.ts';
import { type ReadBudget, spendFrom } from '../edge/read-budget.ts';
import { FlowJobs } from './flow-jobs.ts';
import { invalidQuery } from './invalid-query.ts';
import { type JobView, STATES } from './job-view.ts';
import { type JobFilter, matches, mayMatch, parseJobsQuery } from './jobs-query.ts';
import { nextLink } from './next-link.ts';

/** Jobs of a page. It ends with all that were made in one millisecond, so it may have more. */
const PAGE = 1_001;
/** Rows read at once. */
const CHUNK = 250;

/** Some 6 s of keys at 50 ms for 2,000, and 4 s of rows at 20 ms for 100. */
const BUDGET: ReadBudget = { keys: 250_000, rows: 20_000, restMs: 8_000 };

/**
 * Newest first. A page of fewer than 1001 is the last one; one that is not may be followed by its `Link`, or by asking for
 * what was made before its last job.
 */
export const listJobs = (platform: Pick<Platform, 'db' | 'now'>, cursors: Cursors, budget = BUDGET) =>
  operation({
    query: z.record(z.string(), z.string()),
    async handle({ caller: { tenant }, query, remainingMs }) {
      const { filter, cursor } = parseJobsQuery(query);
      const list = `jobs ${JSON.stringify(filter)}`;
      const after = cursor === null ? undefined : await cursors.open(tenant, list, cursor);
      const jobs = new FlowJobs(platform, tenant);
      const { page, last } =
        filter.flowJobId === null
          ? await readPage(
              jobs,
              filter,
              walkFor(platform, tenant, filter, after),
              spendFrom(budget, remainingMs, tooSparse),
            )
          : await stepsPage(jobs, tenant, filter, filter.flowJobId);
      if (answerBytes(page) > ANSWER_BYTES) {
        const message = `too many jobs were made at ${page.at(-1)?.createdAt} for one answer; ask for one type, or flow`;
        throw invalidQuery('query', message);
      }
      const next = last === undefined ? undefined : await cursors.make(tenant, list, last);
      return { status: 200, body: page, ...(next && { headers: nextLink('/v1/jobs', query, next) }) };
    },
  });

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
  filter: JobFilter,
  walk: AsyncIterable<IndexPage>,
  spend: Spend,
): Promise<Page> {
  const page: JobView[] = [];
  let last = '';
  const isFull = (createdAt = '') => page.length >= PAGE && createdAt !== page.at(-1)?.createdAt;
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
        page.push(view);
        last = chunk[at]?.key ?? '';
      }
    }
    if (rows.length > 0 && isFull(rows.at(-1)?.createdAt)) return { page, last };
  }
  return { page };
}

/** The steps of one run: always one page. */
async function stepsPage(jobs: FlowJobs, tenant: TenantId, filter: JobFilter, flowJobId: string): Promise<Page> {
  const ref = parseRunId(tenant, flowJobId);
  const steps = ref ? await jobs.stepsOf(ref) : [];
  const newestFirst = steps.filter((job) => matches(filter, job)).sort((a, b) => compare(b.createdAt, a.createdAt));
  return { page: newestFirst };
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** The error of a filter whose page is not full after all reads that one request may make. */
function tooSparse(count: number): Error {
  const looked = `${count} jobs were looked through, and they do not fill a page`;
  return invalidQuery('query', `matches too few jobs: ${looked}; narrow it by createdAt_gte and createdAt_lte`);
}
