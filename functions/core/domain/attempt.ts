import type { Failure, Run, RunResult } from './run.ts';

/** One attempt of a run that failed and was followed by a retry. The last attempt of a run is in the run itself. */
export interface Attempt extends Pick<RunResult, 'exitCode' | 'executionMs' | 'stdout' | 'stderr'> {
  /** 1, 2, 3… within the run. */
  readonly number: number;
  readonly startedAt: string | null;
  readonly finishedAt: string;
  readonly failure: Failure;
  /** Version of the job's definition that the attempt began with. */
  readonly jobVersion: number | null;
  /** `stdout` and `stderr` are the ends of longer outputs. */
  readonly truncated: boolean;
}

/** @returns whether the run may have stored attempts: one that ends in its first attempt has none. */
export function mayHaveStoredAttempts({ attempt, state, failure }: Run): boolean {
  const isRetried = state === 'queued' || (state === 'canceled' && failure !== null) || failure?.kind === 'lost';
  return attempt > 1 || (attempt === 1 && isRetried);
}

/** The start of the newest attempt of a run; null if it is not known (stored by an earlier release) or did not start. */
export const newestAttemptStart = ({ attempt, startedAt, attemptStartedAt }: Run): string | null =>
  attempt <= 1 ? startedAt : attemptStartedAt;
