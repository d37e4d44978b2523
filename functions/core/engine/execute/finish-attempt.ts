import type { Job } from '../../domain/job.ts';
import { isLateToFinish } from '../../domain/lateness.ts';
import type { Failure, Lease, Run, TerminalState } from '../../domain/run.ts';
import { purgeTime } from '../../domain/timing.ts';
import type { Outcome } from '../../executors/execution.ts';
import type { Platform } from '../../platform/platform.ts';
import { putOutput } from '../../store/output.ts';
import { finishRun, type RunEnd } from '../../store/runs.ts';
import { admitWaiting } from '../finalize/admit-waiting.ts';
import { emitIfFlaggedLate } from '../finalize/emit-lateness.ts';
import { finalizeRun } from '../finalize/finalize-run.ts';
import { releaseKeySlot } from '../finalize/key-slots.ts';
import type { ClaimedRun } from './claim-run.ts';
import { outputBytes } from './output-bytes.ts';
import { requeueForRetry } from './retry-run.ts';

/** Converts the outcome of an attempt to the state and failure of its run. */
export function toRunEnd(outcome: Outcome): { readonly state: TerminalState; readonly failure: Failure | null } {
  const message = outcome.message ?? '';
  switch (outcome.status) {
    case 'ok':
      return { state: 'completed', failure: null };
    case 'lost':
      return { state: 'failed', failure: { kind: 'lost', message } };
    case 'aborted':
      return { state: 'canceled', failure: null };
    case 'timeout':
      return { state: 'failed', failure: { kind: 'timeout', message } };
    case 'error':
      return { state: 'failed', failure: { kind: 'error', message } };
  }
}

/** A run whose attempt ends. */
export interface EndingRun extends Omit<ClaimedRun, 'job' | 'lease'> {
  /** `undefined` if the job was deleted: the run has no further attempt. */
  readonly job: Job | undefined;
  /** `null` if another service executed the run: its attempt and state must be as read. */
  readonly lease: Lease | null;
}

/**
 * Finishes an attempt: writes the run's terminal state, or queues the run for its next attempt. Every write is
 * conditional on the lease; nothing is written if the lease is lost.
 *
 * @returns the ended run, or `undefined` if this call did not end it
 */
export async function finishAttempt(
  platform: Platform,
  claimed: EndingRun,
  outcome: Outcome,
): Promise<Run | undefined> {
  const { db, log } = platform;
  const { job, run, lease, ticksThrough, mayLeaveLock, limits } = claimed;
  const { state, failure } = toRunEnd(outcome);
  // A service that executed the run is no compute time of workers.
  const executionMs = lease === null ? null : Math.round(outcome.durationMs);
  if (job && failure && !outcome.final && run.attempt < job.retry.attempts) {
    const attempt = { ...outcome, failure, executionMs };
    if (await requeueForRetry(platform, { job, run, lease }, attempt, 'holder')) {
      await admitWaiting(platform, run, limits);
      return undefined;
    }
  }

  const now = platform.now();
  const purgeAt = purgeTime(now, limits.retentionDays);
  await putOutput(db, run, run.attempt, 'stdout', outcome.stdout.parts, purgeAt);
  await putOutput(db, run, run.attempt, 'stderr', outcome.stderr.parts, purgeAt);
  const end: RunEnd = {
    state,
    failure,
    finishedAt: new Date(now).toISOString(),
    purgeAt,
    exitCode: outcome.exitCode,
    executionMs,
    stdout: outcome.stdout.tail,
    stderr: outcome.stderr.tail,
    stdoutParts: outcome.stdout.parts.length,
    stderrParts: outcome.stderr.parts.length,
    itemsProcessed: outcome.itemsProcessed,
    storedBytes: run.storedBytes + outputBytes([outcome.stdout, outcome.stderr], outcome.meta),
    meta: outcome.meta,
    late: job !== undefined && isLateToFinish(job, run, now),
  };
  const finished = await finishRun(db, run, lease, end);
  if (!finished.ok) {
    log.warn('run.lease_lost', { run: run.ulid, job: run.jobId, tenant: run.tenant });
    return undefined;
  }
  emitIfFlaggedLate(platform, finished.run, 'finish', end.finishedAt);
  if (mayLeaveLock && /* guard: lock.leave.awaited */ !finished.run.awaited) {
    // guard: key.release.lock-left
    await releaseKeySlot(platform, finished.run);
    await admitWaiting(platform, finished.run, limits);
  }
  // The end of a run that another awaits reads the limits again.
  else {
    const isUnlocked = job?.overlapPolicy === 'allow' && ticksThrough === undefined;
    await finalizeRun(platform, finished.run, { ticksThrough, isUnlocked, ...(!finished.run.awaited && { limits }) });
  }
  return finished.run;
}
