import { InvalidInput } from '../domain/errors.ts';
import { isTerminal, type Run, type RunRef, type RunState, type SkippedTick } from '../domain/run.ts';
import { ACTIVE_CLASSES, activeClassesOf, DUE_CLASSES, type RunClass } from '../domain/run-class.ts';
import type { TenantId } from '../domain/tenant.ts';
import { RUN_INDEXES } from '../platform/index-names.ts';
import { type Db, query, queryPages } from './db.ts';
import { above, all, beginsWith, between, type Clause, equals } from './expression.ts';
import {
  activeChildKey,
  activeKey,
  type JobRef,
  LAST_CHARACTER,
  listPartition,
  parseCreatedKey,
  RUN_PREFIXES,
  runPartition,
} from './keys.ts';
import { findUsedClasses } from './run-index.ts';
import { isPurgeDue, toRun, toSkipped } from './run-item.ts';
import { getRuns } from './runs.ts';

/** Default of `maxRows`. */
const MAX_ROWS = 20_000;

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
  /**
   * Name of the filter, for the error of one that too few rows match.
   *
   * @defaultValue `status`
   */
  readonly field?: string;
  /**
   * Maximum number of rows read before the filter is rejected as too sparse.
   *
   * @defaultValue 20,000
   */
  readonly maxRows?: number;
  /** Returns only rows before this ULID. */
  readonly before?: string;
  readonly now: number;
}

/**
 * Lists the runs and skipped ticks of a job, newest first, without those that must have been removed (`hiddenFrom`).
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
  const { maxRows = MAX_ROWS } = q;
  let read = 0;
  const options = { newestFirst: true, consistent: true };
  const key = all(equals('pk', runPartition(job)), range);
  for await (const page of queryPages(db, db.tables.runs, key, { ...options, limit: maxRows, page: q.limit + 1 })) {
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
  if (read >= maxRows) {
    throw new InvalidInput(
      q.field ?? 'status',
      `fewer than ${q.limit} runs match among the newest ${read}; ask for a smaller limit`,
    );
  }
  return rows;
}

const inClass = (tenant: TenantId, runClass: RunClass): Clause => equals('activeKey', activeKey(tenant, runClass));

/**
 * Returns the references of the oldest runs of the tenant in a class, oldest first. The index is eventually consistent.
 */
export async function listOldestActive(db: Db, tenant: TenantId, runClass: RunClass, limit: number): Promise<RunRef[]> {
  const items = await query(db, db.tables.runs, inClass(tenant, runClass), { index: RUN_INDEXES.active, limit });
  return items.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
}

/** A page of runs in a class. `last`: the position of its last run; `undefined` for an empty page. */
export interface ActivePage {
  readonly refs: readonly RunRef[];
  readonly last: string | undefined;
}

/**
 * Walks the references of the tenant's runs in a class, oldest first, in pages of at most `size`. The index is eventually
 * consistent.
 *
 * @param after position behind which the walk starts
 */
export async function* walkOldestActive(
  db: Db,
  tenant: TenantId,
  runClass: RunClass,
  size: number,
  after?: string,
): AsyncGenerator<ActivePage> {
  const key = inClass(tenant, runClass);
  const behind = after === undefined ? key : all(key, above('createdKey', after));
  for await (const page of queryPages(db, db.tables.runs, behind, { index: RUN_INDEXES.active, page: size })) {
    const keys = page.map(({ createdKey }) => createdKey as string);
    yield { refs: keys.map((createdKey) => parseCreatedKey(tenant, createdKey).ref), last: keys.at(-1) };
  }
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
 * Returns the time since which the tenant's oldest queued run has been waiting, or `undefined` if there is none: its
 * creation, or its requested start, which is in the future if all runs are delayed. Reads keys and few rows of waiting
 * runs, and the rows of runs that hold a slot. The index is eventually consistent.
 */
export async function getOldestQueuedTime(db: Db, tenant: TenantId): Promise<string | undefined> {
  const any = () => true;
  const dueClasses = await findUsedClasses(db, tenant, DUE_CLASSES);
  const times = await Promise.all([
    ...dueClasses.map(async (runClass) => {
      const key = inClass(tenant, runClass);
      const [item] = await query(db, db.tables.runs, key, { index: RUN_INDEXES.active, limit: 1 });
      if (!item) return undefined;
      const { ref, createdAt } = parseCreatedKey(tenant, item.createdKey as string);
      const [run] = await getRuns(db, [ref], false);
      return run?.runAt ? (await findOldestQueued(db, tenant, runClass, any)).since : createdAt;
    }),
    findOldestQueued(db, tenant, 'admitted', any).then(({ since }) => since),
  ]);
  return earliest(times) ?? (await findOldestQueued(db, tenant, 'delay', any)).since;
}

const earliest = (times: readonly (string | undefined)[]): string | undefined =>
  times.filter((time) => time !== undefined).sort()[0];

/**
 * Returns the time since which the oldest queued run of an integration has been waiting, as for a tenant. The index does not contain the integration, so
 * the rows of the tenant's active runs are read, oldest first.
 *
 * @throws InvalidInput if none of the oldest `OLDEST_SEARCH.limit` runs of a class belongs to the integration and there
 * may be more
 */
export async function getOldestQueuedTimeOfIntegration(
  db: Db,
  tenant: TenantId,
  integrationId: string,
): Promise<string | undefined> {
  const isOfIntegration = (run: Run) => run.integrationId === integrationId;
  const classes = await findUsedClasses(db, tenant, ACTIVE_CLASSES);
  const found = await Promise.all(classes.map((runClass) => findOldestQueued(db, tenant, runClass, isOfIntegration)));
  const undecided = found.find(({ since, read }) => !since && read >= OLDEST_SEARCH.limit);
  if (!undecided) return earliest(found.map(({ since }) => since));
  throw new InvalidInput(
    'integrationId',
    `none of the ${undecided.read} oldest pending runs is of '${integrationId}'; ask when fewer wait, or without ` +
      'integrationId',
  );
}

/**
 * Finds the time since which the oldest queued run among the oldest `OLDEST_SEARCH.limit` runs of a class has been
 * waiting. `read`: number of rows read. Delayed runs were created earlier than they wait, so all runs of a page count.
 */
async function findOldestQueued(
  db: Db,
  tenant: TenantId,
  runClass: RunClass,
  matches: (run: Run) => boolean,
): Promise<{ readonly since?: string; readonly read: number }> {
  let read = 0;
  const key = inClass(tenant, runClass);
  for await (const page of queryPages(db, db.tables.runs, key, { index: RUN_INDEXES.active, ...OLDEST_SEARCH })) {
    read += page.length;
    const refs = page.map((item) => parseCreatedKey(tenant, item.createdKey as string).ref);
    const runs = await getRuns(db, refs, false);
    // The row is authoritative, because the index may be behind.
    const since = earliest(
      runs.map((run) => (run?.state === 'queued' && matches(run) ? (run.runAt ?? run.createdAt) : undefined)),
    );
    if (since !== undefined) return { since, read };
  }
  return { read };
}

/**
 * Lists the newest started runs of a job, newest first, without those that must have been removed (`hiddenFrom`).
 * Only the newest `RECENT_RUNS` runs are searched.
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

/** Lists runs of a job that were created before a run, newest first, read consistently. */
export async function listRunsBefore(db: Db, run: RunRef, limit: number): Promise<Run[]> {
  // Both ends are inclusive.
  const range = between('sk', RUN_PREFIXES.run, RUN_PREFIXES.run + run.ulid);
  const key = all(equals('pk', runPartition(run)), range);
  const items = await query(db, db.tables.runs, key, { newestFirst: true, consistent: true, limit: limit + 1 });
  return items.map(toRun).filter(({ ulid }) => ulid !== run.ulid);
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

/**
 * Walks the runs of a job that have not ended, in chunks of at most `size`. The index is eventually consistent, the rows
 * are not.
 *
 * @param usesPriorities `false` if all runs have the default priority, which saves four queries
 */
export async function* walkActiveOfJob(
  db: Db,
  job: JobRef,
  size: number,
  usesPriorities: boolean,
): AsyncGenerator<readonly Run[]> {
  for (const runClass of activeClassesOf(usesPriorities)) {
    const key = inClass(job.tenant, runClass);
    for await (const page of queryPages(db, db.tables.runs, key, { index: RUN_INDEXES.active })) {
      const refs = page
        .map((item) => parseCreatedKey(job.tenant, item.createdKey as string).ref)
        .filter(({ jobId, incarnation }) => jobId === job.jobId && incarnation === job.incarnation);
      for (let i = 0; i < refs.length; i += size) {
        const runs = await getRuns(db, refs.slice(i, i + size));
        yield runs.flatMap((run) => (run && !isTerminal(run.state) ? run : []));
      }
    }
  }
}

/**
 * Walks the flow runs of a tenant, oldest first, in chunks of at most `size`. Each chunk is read when it is requested, so
 * its rows may be deleted before the next. Reads are eventually consistent.
 */
export async function* walkFlowRuns(db: Db, tenant: TenantId, size: number): AsyncGenerator<readonly Run[]> {
  const key = equals('tenant', listPartition(tenant, 'flows'));
  for await (const page of queryPages(db, db.tables.runs, key, { index: RUN_INDEXES.byTenant, page: size })) {
    const entries = page.map((item) => parseCreatedKey(tenant, item.createdKey as string));
    // The partition holds the steps of the runs, too.
    const refs = entries.flatMap(({ kind, ref }) => (kind === 'flow' ? [ref] : []));
    const runs = await getRuns(db, refs, false);
    yield runs.filter((run) => run !== undefined);
  }
}

/**
 * Walks the rows of a job, oldest first, in chunks of at most `size`. Each chunk is read when it is requested, so its
 * rows may be deleted before the next.
 */
export async function* walkRows(
  db: Db,
  job: JobRef,
  prefix: 'R#' | 'S#',
  size: number,
): AsyncGenerator<readonly (Run | SkippedTick)[]> {
  const key = all(equals('pk', runPartition(job)), beginsWith('sk', prefix));
  for await (const page of queryPages(db, db.tables.runs, key, { page: size })) {
    yield page.map((item) => (prefix === 'R#' ? toRun(item) : toSkipped(job, item)));
  }
}
