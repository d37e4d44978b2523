import { InvalidInput } from '../domain/errors.ts';
import type { ActiveState, Run, RunRef, RunState, SkippedTick } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { RUN_INDEXES } from '../platform/index-names.ts';
import { count, type Db, query, queryPages } from './db.ts';
import { all, beginsWith, between, type Clause, equals } from './expression.ts';
import {
  activeChildKey,
  activeKey,
  type JobRef,
  LAST_CHARACTER,
  parseCreatedKey,
  RUN_PREFIXES,
  runPartition,
} from './keys.ts';
import { isPurgeDue, toRun, toSkipped } from './run-item.ts';
import { getRuns } from './runs.ts';

/** Maximum number of rows read for one page before the filter is rejected as too sparse. */
const READ_BUDGET = 20_000;

/** Limits of the search for an integration's oldest run: rows in total and per page (20 times two requests). */
const OLDEST_SEARCH = { limit: 2_000, page: 100 } as const;

/** Maximum number of rows read in search of started runs. */
const RECENT_RUNS = 1_000;

export interface HistoryQuery {
  readonly limit: number;
  /** Returns only rows in these states. */
  readonly states?: readonly (RunState | 'skipped')[];
  /** Additional filter of runs. */
  readonly matches?: (run: Run) => boolean;
  /** Returns only rows before this ULID. */
  readonly before?: string;
  readonly now: number;
}

/**
 * Lists the runs and skipped ticks of a job, newest first, without rows whose retention is over.
 *
 * @throws InvalidInput if the filter is too sparse to fill the page in time: a short page always means the end
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
  // The key equal to `before` itself is dropped below.
  const range = between('sk', prefix, prefix + (q.before ?? LAST_CHARACTER));
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

/** Counts the tenant's runs in a state. The index is eventually consistent. */
export async function countActive(db: Db, tenant: TenantId, state: ActiveState): Promise<number> {
  return count(db, db.tables.runs, inState(tenant, state), RUN_INDEXES.active);
}

/**
 * Returns the references of the oldest runs of the tenant in a state, oldest first. The index is eventually consistent.
 */
export async function listOldestActive(db: Db, tenant: TenantId, state: ActiveState, limit: number) {
  const items = await query(db, db.tables.runs, inState(tenant, state), { index: RUN_INDEXES.active, limit });
  return items.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
}

/**
 * Returns the runs of the oldest steps with state `running`, without duplicates. The index is eventually consistent.
 */
export async function listOldestActiveChildren(db: Db, tenant: TenantId, limit: number): Promise<RunRef[]> {
  const key = equals('activeKey', activeChildKey(tenant, 'running'));
  const items = await query(db, db.tables.runs, key, { index: RUN_INDEXES.active, limit });
  const refs = items.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
  return [...new Map(refs.map((ref) => [`${ref.jobId}#${ref.incarnation}#${ref.ulid}`, ref])).values()];
}

/**
 * Returns the creation time of the tenant's oldest queued run, or `undefined` if there is none. The index is eventually
 * consistent.
 */
export async function getOldestQueuedTime(db: Db, tenant: TenantId): Promise<string | undefined> {
  const [item] = await query(db, db.tables.runs, inState(tenant, 'queued'), { index: RUN_INDEXES.active, limit: 1 });
  return item && parseCreatedKey(tenant, item.createdKey as string).createdAt;
}

/**
 * Returns the creation time of the oldest queued run of an integration. The index does not contain the integration, so
 * the tenant's queued runs are read, oldest first.
 *
 * @throws InvalidInput if none of the oldest `OLDEST_SEARCH.limit` runs belongs to the integration and there may be
 * more
 */
export async function getOldestQueuedTimeOfIntegration(
  db: Db,
  tenant: TenantId,
  integrationId: string,
): Promise<string | undefined> {
  let read = 0;
  for await (const page of queryPages(db, db.tables.runs, inState(tenant, 'queued'), {
    index: RUN_INDEXES.active,
    ...OLDEST_SEARCH,
  })) {
    read += page.length;
    const refs = page.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
    const runs = await getRuns(db, refs);
    // The row is authoritative, because the index may be behind.
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
 * Lists the newest started runs of a job, newest first, without rows whose retention is over. Only the newest
 * `RECENT_RUNS` runs are searched.
 */
export async function listExecuted(db: Db, job: JobRef, limit: number, now: number): Promise<Run[]> {
  const key = all(equals('pk', runPartition(job)), beginsWith('sk', RUN_PREFIXES.run));
  // A page of twice the limit: one query, unless more than half of the runs never started.
  const options = { newestFirst: true, page: 2 * limit, limit: RECENT_RUNS };
  const runs: Run[] = [];
  for await (const page of queryPages(db, db.tables.runs, key, options)) {
    runs.push(...page.map(toRun).filter((run) => run.startedAt !== null && !isPurgeDue(run, now)));
    if (runs.length >= limit) break;
  }
  return runs.slice(0, limit);
}

/**
 * Walks the runs of a job in ULID order, page by page. The ULID of a tick's run contains the time of the tick.
 *
 * @param options `from`, `through`: ULIDs, or prefixes of ULIDs, as bounds
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
  // DynamoDB rejects a range that ends before it begins.
  if (from > through) return;
  const range = between('sk', RUN_PREFIXES.run + from, RUN_PREFIXES.run + through);
  const key = all(equals('pk', runPartition(job)), range);
  for await (const items of queryPages(db, db.tables.runs, key, { newestFirst, page, consistent: true })) {
    yield items.map(toRun);
  }
}

/** Lists the runs of a job in a state. */
export async function listActiveOfJob(db: Db, job: JobRef, state: ActiveState): Promise<Run[]> {
  const refs = [];
  for await (const page of queryPages(db, db.tables.runs, inState(job.tenant, state), { index: RUN_INDEXES.active })) {
    for (const item of page) {
      const { ref } = parseCreatedKey(job.tenant, item.createdKey as string);
      if (ref.jobId === job.jobId && ref.incarnation === job.incarnation) refs.push(ref);
    }
  }
  return (await getRuns(db, refs)).filter((run) => run?.state === state) as Run[];
}

/** Lists up to `limit` rows of a job whose retention is over, oldest first. */
export async function listPurgeDue(db: Db, job: JobRef, prefix: 'R#' | 'S#', now: number, limit: number) {
  const key = all(equals('pk', runPartition(job)), beginsWith('sk', prefix));
  const due: (Run | SkippedTick)[] = [];
  for await (const page of queryPages(db, db.tables.runs, key, { page: limit })) {
    const rows = page.map((item) => (prefix === 'R#' ? toRun(item) : toSkipped(job, item)));
    due.push(...rows.filter((row) => isPurgeDue(row, now)));
    // Rows are ordered by creation: the search ends at the first page without a due row.
    if (due.length >= limit || !rows.some((row) => isPurgeDue(row, now))) break;
  }
  return due.slice(0, limit);
}
