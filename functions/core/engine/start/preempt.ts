import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { isDelayed } from '../../domain/run-counts.ts';
import type { Platform } from '../../platform/platform.ts';
import { jobRefOf } from '../../store/keys.ts';
import { getRun } from '../../store/runs.ts';
import { CANCELED_BY_REPLACE, cancelRun } from '../finalize/cancel-run.ts';
import { transferLock } from '../finalize/transfer-lock.ts';

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
  const ref = jobRefOf(job);
  if (seen.waitingRun) {
    const next = { ...ref, ulid: seen.waitingRun.ulid };
    const row = await getRun(platform.db, next);
    const waiting = row && /* guard: overlap.replace.delayed */ isDelayed(row) ? undefined : row;
    // The process that ended the run crashed before it released the run's place.
    if (/* guard: overlap.replace.canceled-run */ waiting && isTerminal(waiting.state))
      await transferLock(platform, waiting);
    else if (waiting) await cancelRun(platform, next, CANCELED_BY_REPLACE);
    // A missing row means that the starter crashed or has not written the row yet. In both cases the sweeper cancels
    // the run. A delayed run was moved, or is being started.
    if (waiting) return 'again';
  }
  if (!holder || holder.state === 'stopping') return 'wait';
  const canceled = await cancelRun(platform, holder, CANCELED_BY_REPLACE);
  return !canceled || isTerminal(canceled.state) ? 'again' : 'wait';
}
