import { type ExternalRun, executionToken, isPastDeadline, toExecutionId } from '../../domain/external-execution.ts';
import { withoutArns } from '../../domain/service-error-text.ts';
import type { Outcome } from '../../executors/execution.ts';
import type { ExecutionEnd } from '../../executors/external/execution-service.ts';
import { captureText } from '../../executors/output/output.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJob } from '../../store/jobs.ts';
import { getLimits } from '../../store/limits.ts';
import { finishAttempt } from '../execute/finish-attempt.ts';
import { endMetrics } from '../finalize/run-metrics.ts';

/**
 * Ends the attempt of a run that another service executed: writes the terminal state, or queues the next attempt. Nothing
 * is written if the attempt or the state of the run is no longer as read; the next look decides again.
 */
export async function endExternal(platform: Platform, run: ExternalRun, outcome: Outcome): Promise<void> {
  const { db } = platform;
  const [job, limits] = await Promise.all([
    getJob(db, run.tenant, run.jobId),
    getLimits(db, run.tenant, platform.defaultLimits),
  ]);
  const current = job?.incarnation === run.incarnation ? job : undefined;
  const ended = await finishAttempt(
    platform,
    { job: current, run, lease: null, ticksThrough: undefined, mayLeaveLock: false, limits },
    outcome,
  );
  if (!ended) return;
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, attempt: run.attempt, state: ended.state };
  platform.metrics.event('execution.ended', endMetrics(ended), fields);
}

/** Converts the end of an execution to the outcome of its run. */
export function toOutcome(run: ExternalRun, end: ExecutionEnd): Outcome {
  const { status, message } = verdictOn(run, end);
  return outcome(status, message, { output: end.output, exitCode: end.exitCode, meta: end.meta });
}

/** Returns the outcome of an attempt of which the service has no execution (any more). */
export const lostOutcome = ({ state }: ExternalRun, message: string): Outcome =>
  outcome(state === 'stopping' ? 'aborted' : 'lost', message);

/** Returns the outcome of an attempt that is to end, whose execution the platform can neither read nor stop. */
export const unreadableOutcome = (run: ExternalRun, error: string): Outcome =>
  outcome(
    run.state === 'stopping' ? 'aborted' : 'timeout',
    `timeout: its execution ${toExecutionId(run.external.reference ?? executionToken(run))} can no longer be read or stopped: ${error}`,
  );

/** Returns the outcome of an attempt whose execution was not started. */
export function notStartedOutcome(run: ExternalRun, message: string, final = false): Outcome {
  return { ...outcome(run.state === 'stopping' ? 'aborted' : 'error', message), final };
}

/** Returns the outcome of an attempt whose execution was not started before its deadline. */
export function startTimeoutOutcome({ external: { deadlineAt, startError } }: ExternalRun): Outcome {
  const reason = startError === undefined ? '' : `: ${startError}`;
  return outcome('timeout', `timeout: the execution was not started before ${deadlineAt}${reason}`);
}

function verdictOn(run: ExternalRun, end: ExecutionEnd): Pick<Outcome, 'status' | 'message'> {
  const { result, endedAt, message } = end;
  // The work may end before a stop takes effect.
  if (result === 'ok') return { status: 'ok', message: null };
  if (/* guard: external.end.canceled */ run.state === 'stopping') return { status: 'aborted', message };
  if (result === 'timeout') return { status: 'timeout', message };
  if (endedAt !== null && /* guard: external.end.timeout */ isPastDeadline(run, endedAt)) {
    return { status: 'timeout', message: `timeout: the execution was stopped at ${run.external.deadlineAt}` };
  }
  return { status: 'error', message };
}

interface Details extends Pick<Outcome, 'exitCode' | 'meta'> {
  readonly output: string;
}

const NO_DETAILS: Details = { output: '', exitCode: null, meta: null };

function outcome(
  status: Outcome['status'],
  reason: string | null,
  { output, exitCode, meta }: Details = NO_DETAILS,
): Outcome {
  const message = reason && withoutArns(reason);
  return {
    status,
    message,
    exitCode,
    stdout: captureText(output),
    stderr: captureText(message ?? ''),
    // No worker of the platform computed.
    durationMs: 0,
    itemsProcessed: 0,
    meta,
  };
}
