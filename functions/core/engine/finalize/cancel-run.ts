import { JobdeckError } from '../../domain/errors.ts';
import type { Stop } from '../../domain/flow/stop.ts';
import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { ACTIVE_STATES, isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import { CANCEL_WAIT_MS, purgeTime } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { JobRef } from '../../store/keys.ts';
import { getLimits } from '../../store/limits.ts';
import { listActiveOfJob } from '../../store/run-lists.ts';
import { cancelQueued, getRun, requestStop } from '../../store/runs.ts';
import { stopTasks } from '../flow/stop/stop-flow.ts';
import { finalizeRun, transferLock } from './finalize-run.ts';
import { waitForEnd } from './wait-for-end.ts';

/** Value of `canceledBy` for a run that a newer run replaced (overlap policy `replace`). */
const CANCELED_BY_REPLACE = 'overlap policy: replace';

/**
 * Cancels a run. A queued run ends at once; the worker of a running one is asked to stop.
 *
 * @param stop how to stop the tasks of a flow run that has been planned
 *
 * @returns the run after the request, unchanged if it had ended before; `undefined` if it does not exist
 */
export async function cancelRun(
  platform: Platform,
  ref: RunRef,
  canceledBy: string,
  stop: Stop | null = null,
): Promise<Run | undefined> {
  const { db } = platform;
  const now = platform.now();
  const { retentionDays } = await getLimits(db, ref.tenant, platform.defaultLimits);
  const finishedAt = new Date(now).toISOString();
  const canceledQueued = await cancelQueued(db, ref, canceledBy, finishedAt, purgeTime(now, retentionDays));
  if (canceledQueued.ok) {
    await finalizeRun(platform, canceledQueued.run);
    return canceledQueued.run;
  }
  if (canceledQueued.run?.state !== 'running') return canceledQueued.run;
  const requested = await requestStop(db, ref, canceledBy, stop);
  // Tasks without a worker have no heartbeat that would see the request.
  if (requested.ok) await stopTasks(platform, requested.run);
  // Between the two writes the run ended or was queued for a retry.
  return /* guard: run.cancel.requeued */ requested.run?.state === 'queued'
    ? cancelRun(platform, ref, canceledBy, stop)
    : requested.run;
}

/**
 * Cancels a run and waits up to 10 s for the end of its work.
 *
 * @returns the run after the wait; `undefined` if it does not exist
 *
 * @throws JobdeckError `run.ended` (conflict) if the run had ended before the request
 */
export async function cancelAndWait(platform: Platform, ref: RunRef, canceledBy: string): Promise<Run | undefined> {
  const before = await getRun(platform.db, ref);
  if (!before) return undefined;
  if (isTerminal(before.state)) {
    throw new JobdeckError('conflict', 'run.ended', `Cannot cancel ${before.state} run`);
  }
  const requested = platform.now();
  const run = await cancelRun(platform, ref, canceledBy);
  const ended = run && !isTerminal(run.state) ? await waitForEnd(platform, ref, CANCEL_WAIT_MS) : run;
  const fields = { tenant: ref.tenant, job: ref.jobId, run: ref.ulid, state: ended?.state };
  platform.metrics.event('run.cancel_asked', { CancelLatency: platform.now() - requested }, fields);
  return ended;
}

/** Cancels all queued and running runs of a job. */
export async function cancelJob(platform: Platform, job: JobRef, canceledBy: string): Promise<void> {
  for (const state of ACTIVE_STATES) {
    if (state === 'stopping') continue;
    for (const run of await listActiveOfJob(platform.db, job, state)) await cancelRun(platform, run, canceledBy);
  }
}

/**
 * Cancels the run that holds a job's lock and the run that waits for the lock, in favor of a newer run.
 *
 * @returns `again` if a run ended: the caller must read the job's state again; `wait` if the newer run has to wait
 */
export async function preempt(
  platform: Platform,
  job: Job,
  seen: JobState,
  holder: Run | undefined,
): Promise<'again' | 'wait'> {
  const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
  if (seen.waitingRun) {
    const next = { ...ref, ulid: seen.waitingRun.ulid };
    const waiting = await getRun(platform.db, next);
    // The process that ended the run crashed before it released the run's place.
    if (/* guard: overlap.replace.canceled-run */ waiting && isTerminal(waiting.state))
      await transferLock(platform, waiting);
    else if (waiting) await cancelRun(platform, next, CANCELED_BY_REPLACE);
    // A missing row means that the starter crashed or has not written the row yet. In both cases the sweeper cancels
    // the run.
    if (waiting) return 'again';
  }
  if (!holder || holder.state === 'stopping') return 'wait';
  const canceled = await cancelRun(platform, holder, CANCELED_BY_REPLACE);
  return !canceled || isTerminal(canceled.state) ? 'again' : 'wait';
}
