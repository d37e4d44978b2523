import type { Failure, Run, RunResult } from './run.ts';

/** A failed attempt of a run that was followed by a retry. The last attempt is part of the run itself. */
export interface Attempt extends Pick<RunResult, 'exitCode' | 'executionMs' | 'stdout' | 'stderr'> {
  /** 1, 2, 3… within the run. */
  readonly number: number;
  readonly startedAt: string | null;
  readonly finishedAt: string;
  readonly failure: Failure;
  /** Version of the job's definition at the start of the attempt. */
  readonly jobVersion: number | null;
  /** `true` if `stdout` or `stderr` holds only the end of a longer output. */
  readonly truncated: boolean;
}

/** @returns `false` if the run certainly has no stored attempts, because it ended in its first attempt */
export function mayHaveStoredAttempts({ attempt, state, failure }: Run): boolean {
  const isRetried = state === 'queued' || (state === 'canceled' && failure !== null) || failure?.kind === 'lost';
  return attempt > 1 || (attempt === 1 && isRetried);
}

/**
 * Returns the start of the newest attempt, or null if the attempt did not start or an earlier release did not store its
 * start.
 */
export const newestAttemptStart = ({ attempt, startedAt, attemptStartedAt }: Run): string | null =>
  attempt <= 1 ? startedAt : attemptStartedAt;
