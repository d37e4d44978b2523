import { toFailureCause } from '../../domain/failure-cause.ts';
import type { Run, RunRef } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Db } from '../../store/db.ts';
import { getIncarnations } from '../../store/job-states.ts';
import { type CreationRange, walkFailures } from '../../store/run-index.ts';
import { isPurgeDue } from '../../store/run-item.ts';
import { getRuns } from '../../store/runs.ts';

/** Rows read at once: as many as one BatchGetItem takes. */
const BATCH_SIZE = 100;

/** Which of the failed runs that nobody has acknowledged; what is left out leaves all of them in. */
export interface FailureFilter {
  readonly jobId?: string;
  /** Id of a cause (`domain/failure-cause.ts`). */
  readonly cause?: string;
  /** Id of the failure message that runs of several jobs share (`messageId` of `domain/failure-cause.ts`). */
  readonly messageId?: string;
  /** Only those that had failed by then, ISO 8601. */
  readonly failedBefore?: string;
  /** When they were made. @default ever */
  readonly created?: Partial<CreationRange>;
}

/** How far a search goes. */
export interface FailureSearchBudget {
  /** Runs that are wanted. */
  readonly limit: number;
  /** Rows that are read for them. */
  readonly maxRows: number;
  readonly hasTime: () => boolean;
}

export interface FailureSearchResult {
  /** In the order of their making: newest first, or as the range says. */
  readonly runs: readonly Run[];
  /** Failed runs beyond those that were read: so many at most match, too. At least 1 when time ran out. */
  readonly remaining: number;
  /** `true` if the search ended early because `hasTime` returned `false`: the same search may find more next time. */
  readonly outOfTime: boolean;
}

const ALL_TIME = { from: '0000-01-01T00:00:00.000Z', through: '9999-12-31T23:59:59.999Z' } as const;

/**
 * Finds failed runs that nobody has acknowledged, of jobs that are there. From an index: one that failed, or was
 * acknowledged, a moment ago may be missing.
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
  for await (const page of walkFailures(db, tenant, range)) {
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

/** Of some runs those whose job is there: a deleted job's, and of one that had its id before, are nobody's to see. */
function filterExistingJobs(db: Db, tenant: TenantId): (refs: readonly RunRef[]) => Promise<readonly RunRef[]> {
  const known = new Map<string, string | undefined>();
  return async (refs) => {
    const unknown = [...new Set(refs.map(({ jobId }) => jobId))].filter((jobId) => !known.has(jobId));
    const found = unknown.length > 0 ? await getIncarnations(db, tenant, unknown) : known;
    for (const jobId of unknown) known.set(jobId, found.get(jobId));
    return refs.filter(({ jobId, incarnation }) => known.get(jobId) === incarnation);
  };
}
