import { InvalidInput } from '../domain/errors.ts';
import type { ActiveState, Run, RunRef, RunState, SkippedTick } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { count, type Db, query, queryPages } from './db.ts';
import { all, beginsWith, between, type Clause, equals } from './expression.ts';
import { activeChildKey, activeKey, type JobRef, parseCreatedKey, RUN_PREFIXES, runPartition } from './keys.ts';
import { isPurgeDue, toRun, toSkipped } from './run-item.ts';
import { getRuns } from './runs.ts';

const ACTIVE = 'active';

/** Rows read for one page before a filter is called too sparse to fill it. */
const READ_BUDGET = 20_000;

/** Rows read in search of an integration's oldest run, and in one page of it: 20 times two requests. */
const OLDEST_SEARCH = { limit: 2_000, page: 100 } as const;

/** Rows read in search of runs that started. */
const RECENT_RUNS = 1_000;

export interface HistoryQuery {
  readonly limit: number;
  /** Only rows of these states. */
  readonly states?: readonly (RunState | 'skipped')[];
  /** Only rows for which this holds: what a state alone cannot say. */
  readonly matches?: (run: Run) => boolean;
  /** Only rows before this ULID. */
  readonly before?: string;
  readonly now: number;
}

/**
 * The runs and skipped ticks of a job, newest first. Rows past their time are not shown.
 *
 * @throws InvalidInput when the filter is so sparse that the page cannot be filled in time: a short page always means
 *   the end.
 */
export async function listHistory(db: Db, job: JobRef, q: HistoryQuery): Promise<(Run | SkippedTick)[]> {
  const wantsRuns = !q.states || q.states.some((state) => state !== 'skipped');
  const wantsSkipped = !q.states || q.states.includes('skipped');
  const [runs, skipped] = await Promise.all([
    wantsRuns ? readPrefix(db, job, RUN_PREFIXES.run, q) : [],
    wantsSkipped ? readPrefix(db, job, RUN_PREFIXES.skipped, q) : [],
  ]);
  return [...runs, ...skipped].sort((a, b) => (a.ulid < b.ulid ? 1 : -1)).slice(0, q.limit);
}

async function readPrefix(db: Db, job: JobRef, prefix: string, q: HistoryQuery): Promise<(Run | SkippedTick)[]> {
  // `~` sorts after every character of a ULID; a key equal to `before` itself is left out below.
  const range = between('sk', prefix, prefix + (q.before ?? '~'));
  const rows: (Run | SkippedTick)[] = [];
  let read = 0;
  const options = { newestFirst: true, consistent: true };
  const key = all(equals('pk', runPartition(job)), range);
  for await (const page of queryPages(db, db.tables.runs, key, { ...options, limit: READ_BUDGET, page: q.limit + 1 })) {
    for (const item of page) {
      read++;
      const row = prefix === RUN_PREFIXES.run ? toRun(item) : toSkipped(job, item);
      if (row.ulid === q.before || isPurgeDue(row, q.now)) continue;
      if (q.states && !q.states.includes(row.state)) continue;
      if (row.state !== 'skipped' && q.matches && !q.matches(row)) continue;
      rows.push(row);
    }
    if (rows.length >= q.limit) return rows;
  }
  if (read >= READ_BUDGET) {
    throw new InvalidInput(
      'status',
      `fewer than ${q.limit} runs match among the newest ${read}; ask for a smaller limit`,
    );
  }
  return rows;
}

const inState = (tenant: TenantId, state: RunState): Clause => equals('activeKey', activeKey(tenant, state));

/** How many runs of the tenant are in this state. From an index: what was written a moment ago may not be in it. */
export async function countActive(db: Db, tenant: TenantId, state: ActiveState): Promise<number> {
  return count(db, db.tables.runs, inState(tenant, state), ACTIVE);
}

/** References of the oldest runs of the tenant in this state, oldest first. Index: see `countActive`. */
export async function listOldestActive(db: Db, tenant: TenantId, state: ActiveState, limit: number) {
  const items = await query(db, db.tables.runs, inState(tenant, state), { index: ACTIVE, limit });
  return items.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
}

/** The runs, each once, of the oldest steps of flow runs whose rows say that they go on. Index: see `countActive`. */
export async function listOldestActiveChildren(db: Db, tenant: TenantId, limit: number): Promise<RunRef[]> {
  const key = equals('activeKey', activeChildKey(tenant, 'running'));
  const items = await query(db, db.tables.runs, key, { index: ACTIVE, limit });
  const refs = items.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
  return [...new Map(refs.map((ref) => [`${ref.jobId}#${ref.incarnation}#${ref.ulid}`, ref])).values()];
}

/** When the tenant's oldest queued run was made; undefined when there is none. Index: see `countActive`. */
export async function getOldestQueuedTime(db: Db, tenant: TenantId): Promise<string | undefined> {
  const [item] = await query(db, db.tables.runs, inState(tenant, 'queued'), { index: ACTIVE, limit: 1 });
  return item && parseCreatedKey(tenant, item.createdKey as string).createdAt;
}

/**
 * The same of the runs of one integration. The index does not know a run's integration, so the tenant's queued runs are
 * read, oldest first.
 *
 * @throws InvalidInput when none of the oldest `SEARCH.limit` is of the integration, and there may be more
 */
export async function getOldestQueuedTimeOfIntegration(
  db: Db,
  tenant: TenantId,
  integrationId: string,
): Promise<string | undefined> {
  let read = 0;
  for await (const page of queryPages(db, db.tables.runs, inState(tenant, 'queued'), {
    index: ACTIVE,
    ...OLDEST_SEARCH,
  })) {
    read += page.length;
    const refs = page.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
    const runs = await getRuns(db, refs);
    // The row knows better than the index, which may be behind.
    const oldest = runs.find((run) => run?.state === 'queued' && run.integrationId === integrationId);
    if (oldest) return oldest.createdAt;
  }
  if (read < OLDEST_SEARCH.limit) return undefined;
  throw new InvalidInput(
    'integrationId',
    `none of the ${read} oldest pending runs is of '${integrationId}'; ask when fewer wait, or without integrationId`,
  );
}

/**
 * The newest runs of a job that a worker took, newest first. Rows past their time are not shown. Looks through the
 * newest `RECENT` runs: what lies behind that many which never started is not recent.
 */
export async function listExecuted(db: Db, job: JobRef, limit: number, now: number): Promise<Run[]> {
  const key = all(equals('pk', runPartition(job)), beginsWith('sk', RUN_PREFIXES.run));
  // A page of twice the limit: one query unless every other run never started.
  const options = { newestFirst: true, page: 2 * limit, limit: RECENT_RUNS };
  const runs: Run[] = [];
  for await (const page of queryPages(db, db.tables.runs, key, options)) {
    runs.push(...page.map(toRun).filter((run) => run.startedAt !== null && !isPurgeDue(run, now)));
    if (runs.length >= limit) break;
  }
  return runs.slice(0, limit);
}

/**
 * The runs of a job in the order of their ULIDs, page by page: those of ticks tell when the tick was.
 *
 * @param options `from`, `through`: the ULIDs, or beginnings of some, that they lie between
 */
export async function* walkRuns(
  db: Db,
  job: JobRef,
  {
    newestFirst,
    page,
    from,
    through,
  }: { readonly newestFirst: boolean; readonly page: number; readonly from: string; readonly through: string },
): AsyncGenerator<readonly Run[]> {
  // DynamoDB takes no range that ends before it begins.
  if (from > through) return;
  const range = between('sk', RUN_PREFIXES.run + from, RUN_PREFIXES.run + through);
  const key = all(equals('pk', runPartition(job)), range);
  for await (const items of queryPages(db, db.tables.runs, key, { newestFirst, page, consistent: true })) {
    yield items.map(toRun);
  }
}

/** The runs of one job in this state. */
export async function listActiveOfJob(db: Db, job: JobRef, state: ActiveState): Promise<Run[]> {
  const refs = [];
  for await (const page of queryPages(db, db.tables.runs, inState(job.tenant, state), { index: ACTIVE })) {
    for (const item of page) {
      const { ref } = parseCreatedKey(job.tenant, item.createdKey as string);
      if (ref.jobId === job.jobId && ref.incarnation === job.incarnation) refs.push(ref);
    }
  }
  return (await getRuns(db, refs)).filter((run) => run?.state === state) as Run[];
}

/** The rows of a job that ended at least their retention ago, up to `limit`, oldest first. */
export async function listPurgeDue(db: Db, job: JobRef, prefix: 'R#' | 'S#', now: number, limit: number) {
  const key = all(equals('pk', runPartition(job)), beginsWith('sk', prefix));
  const due: (Run | SkippedTick)[] = [];
  for await (const page of queryPages(db, db.tables.runs, key, { page: limit })) {
    const rows = page.map((item) => (prefix === 'R#' ? toRun(item) : toSkipped(job, item)));
    due.push(...rows.filter((row) => isPurgeDue(row, now)));
    // Rows are in order of their making: the first page without a due row ends the search.
    if (due.length >= limit || !rows.some((row) => isPurgeDue(row, now))) break;
  }
  return due.slice(0, limit);
}
