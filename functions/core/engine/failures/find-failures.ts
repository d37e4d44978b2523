import { toFailureCause } from '../../domain/failure-cause.ts';
import type { Run } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { CreationRange } from '../../store/run-index.ts';
import { findRuns, type RunSearchBudget, type RunSearchResult } from '../search/find-runs.ts';

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

/** @returns whether the run failed and is not acknowledged */
export const isOpenFailure = ({ state, acknowledged }: Run): boolean => state === 'failed' && acknowledged === null;

/**
 * Finds unacknowledged failed runs of existing jobs. Reads an index, so a run that failed or was acknowledged within
 * the last second may be missing or still included.
 */
export function findFailures(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { jobId, cause, messageId, failedBefore, created }: FailureFilter,
  budget: RunSearchBudget,
): Promise<RunSearchResult> {
  const matches = (run: Run) =>
    isOpenFailure(run) &&
    (failedBefore === undefined || (run.finishedAt ?? '') < failedBefore) &&
    (cause === undefined || toFailureCause(run).id === cause) &&
    (messageId === undefined || toFailureCause(run).messageId === messageId);
  const selection = {
    classes: ['failed'],
    jobId,
    created: { ...(failedBefore && { through: failedBefore }), ...created },
    select: async (runs: readonly Run[]) => runs.filter(matches),
  } as const;
  return findRuns(platform, tenant, selection, budget);
}
