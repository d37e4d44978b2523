import { toFailureCause } from '../../domain/failure-cause.ts';
import type { Run, RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Db } from '../../store/db.ts';
import { getIncarnations } from '../../store/job-states.ts';
import { type CreationRange, walkClasses } from '../../store/run-index.ts';
import { isPurgeDue } from '../../store/run-item.ts';
import { getRuns } from '../../store/runs.ts';

/** Keys that one BatchGetItem call accepts. */
const BATCH_SIZE = 100;

/** Selects unacknowledged failed runs. An absent field matches every run. */
export interface FailureFilter {
  readonly jobId?: string;
  /** Id of a cause (`FailureCause` of `domain/failure-cause.ts`). */
  readonly cause?: string;
  /** Id of the failure message that runs of several jobs share (`messageId` of `domain/failure-cause.ts`). */
  readonly messageId?: string;
  /** Matches runs that failed before this time, ISO 8601. */
  readonly failedBefore?: string;
  /**
   * Matches runs created in this range.
   *
   * @defaultValue any time
   */
  readonly created?: Partial<CreationRange>;
}

/** Limits of one search. */
export interface FailureSearchBudget {
  /** Maximum number of runs to return. */
  readonly limit: number;
  /** Maximum number of rows to read. */
  readonly maxRows: number;
  readonly hasTime: () => boolean;
}

export interface FailureSearchResult {
  /** Ordered by creation: newest first, unless the range asks for the opposite order. */
  readonly runs: readonly Run[];
  /** Failed runs that were not read and may match as well. At least 1 if the time ran out. */
  readonly remaining: number;
  /** `true` if the search ended because `hasTime` returned `false`. A repeated search may find more. */
  readonly outOfTime: boolean;
}

const ALL_TIME = { from: '0000-01-01T00:00:00.000Z', through: '9999-12-31T23:59:59.999Z' } as const;

/**
 * Finds unacknowledged failed runs of existing jobs. Reads an index, so a run that failed or was acknowledged within
 * the last second may be missing or still included.
 */
export async function findFailures(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  filter: FailureFilter,
  { limit, maxRows: rows, hasTime }: FailureSearchBudget,
): Promise<FailureSearchResult> {
  const runs: Run[] = [];
  const living = filterExistingJobs(db, tenant);
  let read = 0;
  let left = 0;
  let outOfTime = false;
  const matches = (run: Run) =>
    run.state === 'failed' &&
    run.acknowledged === null &&
    !isPurgeDue(run, now()) &&
    (filter.failedBefore === undefined || (run.finishedAt ?? '') < filter.failedBefore) &&
    (filter.cause === undefined || toFailureCause(run).id === filter.cause) &&
    (filter.messageId === undefined || toFailureCause(run).messageId === filter.messageId);

  const isDone = () => runs.length >= limit || read >= rows;
  const range = { ...ALL_TIME, ...(filter.failedBefore && { through: filter.failedBefore }), ...filter.created };
  for await (const page of walkClasses(db, tenant, range, ['failed'])) {
    const refs = page.rows.map(({ ref }) => ref).filter(({ jobId }) => jobId === (filter.jobId ?? jobId));
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
      const found = (await getRuns(db, chunk)).filter((run) => run !== undefined).filter(matches);
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
