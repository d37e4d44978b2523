import type { Run, RunRef } from '../../domain/run.ts';
import type { RunClass } from '../../domain/run-class.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Db } from '../../store/db.ts';
import { getIncarnations } from '../../store/job-states.ts';
import { type CreationRange, walkClasses } from '../../store/run-index.ts';
import { isPurgeDue } from '../../store/run-item.ts';
import { getRuns } from '../../store/runs.ts';
import { ALL_TIME } from '../../store/walk-runs.ts';
import type { SearchRuns } from './run-searcher.ts';

/** Keys that one BatchGetItem call accepts. */
const BATCH_SIZE = 100;

/** Selects runs that are active, failed or canceled. */
export interface RunSelection {
  readonly classes: readonly RunClass[];
  /** @defaultValue any job */
  readonly jobId?: string | undefined;
  /**
   * Matches runs created in this range.
   *
   * @defaultValue any time
   */
  readonly created?: Partial<CreationRange>;
  /** Returns those of the runs that are selected, in the same order. The index may be behind, so the states are checked. */
  readonly select: SearchRuns;
}

/** Limits of one search. */
export interface RunSearchBudget {
  /** Maximum number of runs to return. */
  readonly limit: number;
  /** Maximum number of rows to read. */
  readonly maxRows: number;
  readonly hasTime: () => boolean;
}

export interface RunSearchResult {
  /** Ordered by creation: newest first, unless the range asks for the opposite order. */
  readonly runs: readonly Run[];
  /** Runs that were not read and may match as well. At least 1 if the time ran out. */
  readonly remaining: number;
  /** `true` if the search ended because `hasTime` returned `false`. A repeated search may find more. */
  readonly outOfTime: boolean;
}

/**
 * Finds runs of existing jobs. Reads an index, so a run that changed its state within the last second may be missing or
 * still included.
 */
export async function findRuns(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { classes, jobId: wantedJob, created, select }: RunSelection,
  { limit, maxRows: rows, hasTime }: RunSearchBudget,
): Promise<RunSearchResult> {
  const runs: Run[] = [];
  const living = filterExistingJobs(db, tenant);
  let read = 0;
  let left = 0;
  let outOfTime = false;
  const isShown = (run: Run | undefined): run is Run => run !== undefined && !isPurgeDue(run, now());
  const isDone = () => runs.length >= limit || read >= rows;
  for await (const page of walkClasses(db, tenant, { ...ALL_TIME, ...created }, classes)) {
    const refs = page.rows.map(({ ref }) => ref).filter(({ jobId }) => jobId === (wantedJob ?? jobId));
    if (!hasTime()) {
      outOfTime = !isDone();
      left += Math.max(1, refs.length);
      break;
    }
    const candidates = await living(refs);
    for (let i = 0; i < candidates.length; ) {
      if (isDone() || !hasTime()) {
        outOfTime = !isDone();
        left += candidates.length - i;
        break;
      }
      const chunk = candidates.slice(i, i + Math.min(BATCH_SIZE, rows - read));
      const found = await select((await getRuns(db, chunk)).filter(isShown));
      const taken = found.slice(0, limit - runs.length);
      runs.push(...taken);
      left += found.length - taken.length;
      read += chunk.length;
      i += chunk.length;
    }
  }
  return { runs, remaining: left, outOfTime };
}

/**
 * Returns a filter that keeps the runs of existing jobs. Runs of a deleted job, or of an earlier job with the same id,
 * are dropped.
 */
function filterExistingJobs(db: Db, tenant: TenantId): (refs: readonly RunRef[]) => Promise<readonly RunRef[]> {
  const known = new Map<string, string | undefined>();
  return async (refs) => {
    const unknown = [...new Set(refs.map(({ jobId }) => jobId))].filter((jobId) => !known.has(jobId));
    const found = unknown.length > 0 ? await getIncarnations(db, tenant, unknown) : known;
    for (const jobId of unknown) known.set(jobId, found.get(jobId));
    return refs.filter(({ jobId, incarnation }) => known.get(jobId) === incarnation);
  };
}
