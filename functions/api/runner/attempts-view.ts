import * as z from 'zod';
import { type Attempt, newestAttemptStart } from '../../core/domain/attempt.ts';
import { durationOf, isTerminal, type Run } from '../../core/domain/run.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';
import { runStatus } from './run-status.ts';

export const attempt = lazy(() =>
  namedSchema(
    'RunnerAttempt',
    z.object({
      attempt: z.int().min(1),
      status: z.enum(['ok', 'error', 'timeout', 'canceled', 'running']),
      started_at: timestamp().nullable(),
      finished_at: timestamp().nullable(),
      duration_ms: nonNegativeInteger().nullable(),
      execution_ms: nonNegativeInteger().nullable(),
      exit_code: z.int().nullable(),
      reason: z.string().nullable().describe('Failure message; `null` unless the attempt failed.'),
      job_version: nonNegativeInteger().nullable(),
      stdout: z.string().describe('The last lines of the output.'),
      stderr: z.string().describe('The last lines of the output.'),
      output_truncated: z.boolean(),
    }),
  ),
);
/** An attempt of a run. */
export type AttemptView = ViewOf<typeof attempt>;

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
    // An attempt of a queued run is not shown, so the status is neither `pending` nor `skipped`.
    status: runStatus(run) as AttemptView['status'],
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
