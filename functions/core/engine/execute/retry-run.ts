import { newestAttemptStart } from '../../domain/attempt.ts';
import { lostComputeMs } from '../../domain/compute.ts';
import type { Job } from '../../domain/job.ts';
import { retryDelayMs } from '../../domain/retry.ts';
import type { Failure, Lease, Run } from '../../domain/run.ts';
import { MAX_QUEUE_DELAY_MS } from '../../domain/timing.ts';
import type { Output } from '../../executors/output/output.ts';
import type { Platform } from '../../platform/platform.ts';
import { type LeaseWriter, retryRun } from '../../store/runs.ts';
import { outputBytes } from './output-bytes.ts';

/** A failed attempt with its output. */
export interface FailedAttempt {
  readonly failure: Failure;
  readonly exitCode: number | null;
  /** Milliseconds; `null` if the worker was lost, or another service executed the run. */
  readonly executionMs: number | null;
  /**
   * Milliseconds that the target asked to wait before the next attempt.
   *
   * @defaultValue 0
   */
  readonly retryAfterMs?: number | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
}

/**
 * Queues a run for its next attempt, sends its message, and stores the failed attempt with the tail of its output.
 *
 * @returns `false` if the lease is lost or a cancel request is pending; nothing was written then
 */
export async function requeueForRetry(
  platform: Pick<Platform, 'db' | 'now' | 'random' | 'queues'>,
  { job, run, lease }: { readonly job: Job; readonly run: Run; readonly lease: Lease | null },
  { failure, exitCode, executionMs, retryAfterMs = 0, stdout, stderr }: FailedAttempt,
  writer: LeaseWriter,
): Promise<boolean> {
  const now = platform.now();
  const delay = Math.max(
    retryDelayMs(job.retry, run.attempt, platform.random()),
    // guard: run.retry.asked-wait
    retryAfterMs,
  );
  const attempt = {
    number: run.attempt,
    startedAt: newestAttemptStart(run),
    finishedAt: new Date(now).toISOString(),
    failure,
    jobVersion: run.jobVersion,
    exitCode,
    executionMs,
    stdout: stdout.tail,
    stderr: stderr.tail,
    truncated: stdout.parts.length + stderr.parts.length > 0,
  };
  const tails = [stdout, stderr].map(({ tail }) => ({ tail, parts: [] }));
  const retry = {
    attempt,
    dueAt: new Date(now + delay).toISOString(),
    storedBytes: outputBytes(tails, null),
    computeMs: executionMs ?? (lease === null ? 0 : lostComputeMs(run, lease)),
  };
  if (!(await retryRun(platform.db, run, lease, retry, writer))) return false;
  // The sweeper sends messages with a delay longer than the 15 min that SQS allows.
  if (delay <= MAX_QUEUE_DELAY_MS) await platform.queues.sendRun(run, delay);
  return true;
}
