import { type Attempt, newestAttemptStart } from '../../core/domain/attempt.ts';
import { durationOf, isTerminal, type Run } from '../../core/domain/run.ts';
import { type RunStatus, runStatus } from './run-status.ts';

/** An attempt of a run. */
export interface AttemptView {
  readonly attempt: number;
  readonly status: RunStatus;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly execution_ms: number | null;
  readonly exit_code: number | null;
  /** Cause of the failure; `null` unless the attempt failed. */
  readonly reason: string | null;
  readonly job_version: number | null;
  /** The last lines of the output. */
  readonly stdout: string;
  readonly stderr: string;
  readonly output_truncated: boolean;
}

/**
 * Converts the attempts of a run, oldest first. Attempts that were retried by a release without attempt rows are
 * missing.
 *
 * @param stored the attempts that were followed by a retry
 */
export function toAttemptViews(run: Run, stored: readonly Attempt[]): readonly AttemptView[] {
  // The newest attempt ended and its successor has not started.
  const isOver = run.state === 'queued' || stored.some(({ number }) => number === run.attempt);
  const newest = run.attempt === 0 || isOver ? [] : [newestAttemptView(run)];
  return [...stored.map((attempt) => storedAttemptView(run, attempt)), ...newest];
}

function storedAttemptView({ flow }: Run, attempt: Attempt): AttemptView {
  const { failure, startedAt, finishedAt } = attempt;
  return {
    attempt: attempt.number,
    status: failure.kind === 'timeout' ? 'timeout' : 'error',
    started_at: startedAt,
    finished_at: finishedAt,
    duration_ms: durationOf({ startedAt, finishedAt }),
    execution_ms: flow === null ? attempt.executionMs : null,
    exit_code: attempt.exitCode,
    reason: failure.message,
    job_version: attempt.jobVersion,
    stdout: attempt.stdout,
    stderr: attempt.stderr,
    output_truncated: attempt.truncated,
  };
}

function newestAttemptView(run: Run): AttemptView {
  const startedAt = newestAttemptStart(run);
  const finishedAt = isTerminal(run.state) ? run.finishedAt : null;
  return {
    attempt: run.attempt,
    status: runStatus(run),
    started_at: startedAt,
    finished_at: finishedAt,
    duration_ms: durationOf({ startedAt, finishedAt }),
    execution_ms: run.flow === null ? run.executionMs : null,
    exit_code: run.exitCode,
    reason: run.state === 'failed' ? (run.failure?.message ?? null) : null,
    job_version: run.jobVersion,
    stdout: run.stdout,
    stderr: run.stderr,
    output_truncated: run.stdoutParts + run.stderrParts > 0,
  };
}
