import { isLateToFinish } from '../domain/lateness.ts';
import { retryDelayMs } from '../domain/retry.ts';
import type { Failure, Run, TerminalState } from '../domain/run.ts';
import { LONGEST_DELAY_MS, purgeTime } from '../domain/timing.ts';
import type { Outcome } from '../executors/executor.ts';
import type { Platform } from '../platform/platform.ts';
import { getLimits } from '../store/limits.ts';
import { putOutput } from '../store/output.ts';
import { finishRun, type RunEnd, retryRun } from '../store/runs.ts';
import type { Claimed } from './claim.ts';
import { tellIfFlagged } from './late.ts';
import { moveLine, settle } from './settle.ts';
import { storedBytesOf } from './stored.ts';

/** The end that an outcome stands for. */
export function endOf(outcome: Outcome): { readonly state: TerminalState; readonly failure: Failure | null } {
  const message = outcome.message ?? '';
  switch (outcome.status) {
    case 'ok':
      return { state: 'completed', failure: null };
    case 'aborted':
      return { state: 'canceled', failure: null };
    case 'timeout':
      return { state: 'failed', failure: { kind: 'timeout', message } };
    case 'error':
      return { state: 'failed', failure: { kind: 'error', message } };
  }
}

/**
 * Records how an attempt ended: the run's one terminal transition, or its way back into line. Every write carries the
 * lease's token; when the lease is lost nothing is written, for the run is somebody else's.
 *
 * @returns the run as it ended; undefined when it did not, by this
 */
export async function report(platform: Platform, claimed: Claimed, outcome: Outcome): Promise<Run | undefined> {
  const { db, log } = platform;
  const { job, run, lease, ticksThrough } = claimed;
  const { state, failure } = endOf(outcome);
  if (
    failure &&
    !outcome.final &&
    run.attempt < job.retry.attempts &&
    (await sendBack(platform, claimed, failure, outcome.retryAfterMs))
  ) {
    return undefined;
  }

  const now = platform.now();
  const { retentionDays } = await getLimits(db, run.tenant, platform.defaultLimits);
  const purgeAt = purgeTime(now, retentionDays);
  await putOutput(db, run, run.attempt, 'stdout', outcome.stdout.parts, purgeAt);
  await putOutput(db, run, run.attempt, 'stderr', outcome.stderr.parts, purgeAt);
  const end: RunEnd = {
    state,
    failure,
    finishedAt: new Date(now).toISOString(),
    purgeAt,
    exitCode: outcome.exitCode,
    executionMs: Math.round(outcome.durationMs),
    stdout: outcome.stdout.tail,
    stderr: outcome.stderr.tail,
    stdoutParts: outcome.stdout.parts.length,
    stderrParts: outcome.stderr.parts.length,
    itemsProcessed: outcome.itemsProcessed,
    storedBytes: storedBytesOf([outcome.stdout, outcome.stderr], outcome.meta),
    meta: outcome.meta,
    late: isLateToFinish(job, run, now),
  };
  const finished = await finishRun(db, run, lease, end);
  if (!finished.ok) {
    log.warn('run.lease_lost', { run: run.ulid, job: run.jobId, tenant: run.tenant });
    return undefined;
  }
  tellIfFlagged(platform, finished.run, 'finish', end.finishedAt);
  await settle(platform, finished.run, ticksThrough);
  return finished.run;
}

/** Puts the run in line for its next attempt; false when it is being stopped and is to end now. */
async function sendBack(
  platform: Platform,
  { job, run, lease }: Claimed,
  failure: Failure,
  retryAfterMs = 0,
): Promise<boolean> {
  const delay = Math.max(retryDelayMs(job.retry, run.attempt, platform.random()), retryAfterMs);
  const dueAt = new Date(platform.now() + delay).toISOString();
  const back = await retryRun(platform.db, run, lease, { failure, dueAt });
  if (!back.ok) return false;
  // A longer delay than SQS can hold is the sweeper's.
  if (delay <= LONGEST_DELAY_MS) await platform.queues.sendRun(run, delay);
  await moveLine(platform, run.tenant);
  return true;
}
