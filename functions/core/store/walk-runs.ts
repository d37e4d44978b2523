import type { Run, RunRef, RunState } from '../domain/run.ts';
import { encodeUlidTime } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import { TICK_LAG_MS } from '../domain/timing.ts';
import { type Db, GET_BATCH } from './db.ts';
import { getIncarnations, getJobStates } from './job-states.ts';
import { createdKey, type JobRef, parseCreatedKey } from './keys.ts';
import { type CreationRange, type IndexPage, type IndexRow, walkActive, walkCreated } from './run-index.ts';
import { walkRuns } from './run-lists.ts';
import { getRuns } from './runs.ts';

/** The range of all creation times. */
export const ALL_TIME = { from: '0000-01-01T00:00:00.000Z', through: '9999-12-31T23:59:59.999Z' } as const;

/** Called before each read with its size; throws if the request's read budget is exceeded. */
export type CountReads = (what: 'keys' | 'rows', read: number) => void;

/** Selects runs of a tenant. Rows may have changed since the index was written, so callers check them again. */
export interface RunFilter {
  /** Ordered by life cycle. */
  readonly states: readonly RunState[];
  /** Restricts the walk to one job; null for all. */
  readonly jobId: string | null;
  /**
   * Filters by kind without reading rows.
   *
   * @defaultValue all kinds
   */
  readonly kinds?: readonly IndexRow['kind'][];
  /**
   * Rows read at once, if fewer than the maximum are needed.
   *
   * @defaultValue the maximum
   */
  readonly batchSize?: number;
  /**
   * Called after each read with the position up to which all runs have been returned.
   *
   * @defaultValue none
   */
  readonly onProgress?: (position: string) => void;
}

/** Returns the position of a run in creation order. */
export const runPosition = (run: Run): string => createdKey(run.createdAt, run, run.flow !== null);

/**
 * Walks runs of existing jobs in creation order, in batches. Runs in other states may be included. Completed runs of a
 * single job are read from the job's history instead of the index of all jobs, unless the history is not in the order of
 * creation. The index is eventually consistent.
 */
export async function* walkTenantRuns(
  db: Db,
  tenant: TenantId,
  wanted: RunFilter,
  range: CreationRange,
  countReads: CountReads,
): AsyncGenerator<readonly Run[]> {
  const { states, jobId } = wanted;
  if (states.length === 0) return;
  const ofJob = jobId !== null && states.includes('completed') ? { ...wanted, jobId } : undefined;
  const state = ofJob && (await getJobStates(db, tenant, [ofJob.jobId])).get(ofJob.jobId);
  if (ofJob && !state) return;
  if (ofJob && state && /* guard: runs.late */ !state.hasLateRuns)
    yield* walkHistory(db, { tenant, jobId: ofJob.jobId, incarnation: state.incarnation }, ofJob, range, countReads);
  else yield* walkIndex(db, tenant, wanted, range, countReads);
}

async function* walkIndex(
  db: Db,
  tenant: TenantId,
  { states, jobId, kinds = ['run', 'flow'], batchSize = GET_BATCH, onProgress }: RunFilter,
  range: CreationRange,
  countReads: CountReads,
): AsyncGenerator<readonly Run[]> {
  const walk: AsyncIterable<IndexPage> = states.includes('completed')
    ? walkCreated(db, tenant, range, kinds.includes('run') ? ['flows', 'others'] : ['flows'])
    : walkActive(db, tenant, range, { runs: states, steps: [] });
  const incarnations = new Map<string, string | undefined>();
  for await (const { rows, keysRead } of walk) {
    countReads('keys', keysRead);
    const wanted = rows.filter(({ kind, ref }) => kinds.includes(kind) && (jobId === null || ref.jobId === jobId));
    const step = Math.min(GET_BATCH, batchSize);
    for (let i = 0; i < wanted.length; i += step) {
      const entries = wanted.slice(i, i + step);
      const chunk = entries.map(({ ref }) => ref);
      countReads('rows', chunk.length);
      const [runs] = await Promise.all([getRuns(db, chunk), loadIncarnations(db, tenant, chunk, incarnations)]);
      yield runs.flatMap((run) => (run && incarnations.get(run.jobId) === run.incarnation ? run : []));
      reportProgress(onProgress, entries.at(-1)?.key);
    }
    reportProgress(onProgress, rows.at(-1)?.key);
  }
}

function reportProgress(onProgress: RunFilter['onProgress'], position: string | undefined): void {
  if (position !== undefined) onProgress?.(position);
}

/** Loads the incarnations of jobs that are not known yet. */
async function loadIncarnations(
  db: Db,
  tenant: TenantId,
  refs: readonly RunRef[],
  known: Map<string, string | undefined>,
): Promise<void> {
  const jobIds = [...new Set(refs.map(({ jobId }) => jobId))].filter((jobId) => !known.has(jobId));
  if (jobIds.length === 0) return;
  const found = await getIncarnations(db, tenant, jobIds);
  for (const jobId of jobIds) known.set(jobId, found.get(jobId));
}

/** Reads a job's history, which is ordered by tick, and sorts it by creation time. */
async function* walkHistory(
  db: Db,
  job: JobRef,
  { batchSize = GET_BATCH, onProgress }: RunFilter,
  range: CreationRange,
  countReads: CountReads,
): AsyncGenerator<readonly Run[]> {
  const newestFirst = range.oldestFirst !== true;
  const options = { newestFirst, page: Math.min(GET_BATCH, batchSize), ...ulidsOf(job.tenant, range) };
  const isIn = inRange(range);
  let buffered: Run[] = [];
  for await (const page of walkRuns(db, job, options)) {
    countReads('rows', page.length);
    const last = page.at(-1)?.ulid;
    buffered = [...buffered, ...page.filter(isIn)].sort(compareCreation(newestFirst));
    // A run is never created before its tick.
    const ready = last === undefined ? [] : buffered.filter((run) => isReady(run, last, newestFirst));
    yield ready;
    const newest = ready.at(-1);
    reportProgress(onProgress, newest && runPosition(newest));
    buffered = buffered.slice(ready.length);
  }
  yield buffered;
}

/** Returns the bounds of ULIDs for a range of creation times: a run is created at or shortly after its tick. */
function ulidsOf(tenant: TenantId, { from, through, after, oldestFirst }: CreationRange) {
  const reached = after === undefined ? undefined : parseCreatedKey(tenant, after).createdAt;
  const first = (oldestFirst && reached) || from;
  const last = (!oldestFirst && reached) || through;
  return {
    from: encodeUlidTime(Math.max(0, Date.parse(first) - TICK_LAG_MS)),
    through: encodeUlidTime(Math.max(0, Date.parse(last) + 1)),
  };
}

function inRange({ from, through, after, oldestFirst = false }: CreationRange): (run: Run) => boolean {
  return (run) => {
    const position = runPosition(run);
    const follows = after === undefined || (oldestFirst ? position > after : position < after);
    return follows && run.createdAt >= from && run.createdAt <= through;
  };
}

/** @returns whether no later row in ULID order can precede the run in creation order */
function isReady({ createdAt }: Run, last: string, newestFirst: boolean): boolean {
  const created = Date.parse(createdAt);
  const frontier = last.slice(0, encodeUlidTime(0).length);
  return newestFirst ? encodeUlidTime(created - TICK_LAG_MS) > frontier : encodeUlidTime(created) < frontier;
}

function compareCreation(newestFirst: boolean): (a: Run, b: Run) => number {
  const sign = newestFirst ? -1 : 1;
  return (a, b) => (runPosition(a) < runPosition(b) ? -sign : sign);
}
