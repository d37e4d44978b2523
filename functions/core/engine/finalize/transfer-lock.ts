import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJobState, releaseLock, updateJobState } from '../../store/job-states.ts';
import { endWaiting, markAwaited } from '../../store/runs.ts';
import { toLastRun } from '../start/overlap-lock.ts';

/**
 * Transfers the lock of an ended run to the waiting run, or frees it. A waiting run that has ended meanwhile transfers
 * the lock again.
 */
export async function transferLock(platform: Platform, run: Run, ticksThrough?: string): Promise<void> {
  const now = new Date(platform.now()).toISOString();
  const { transferredTo } = await releaseLock(platform.db, run, toLastRun(run), now, ticksThrough);
  if (transferredTo) await admitNext(platform, { ...run, ulid: transferredTo.ulid });
}

/**
 * Transfers a lock whose run does not need it to the waiting run, or frees it.
 *
 * @param ended the ended run that the lock names, if there is one. Stored as the last run.
 * @returns `false` if the state changed since `seen` was read
 */
export async function transferFreeLock(
  platform: Platform,
  { tenant, id: jobId, incarnation }: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  seen: JobState,
  ended?: Run,
): Promise<boolean> {
  const job = { tenant, jobId, incarnation };
  const { waitingRun } = seen;
  const transferred = await updateJobState(platform.db, job, seen, {
    lock: waitingRun && { ...waitingRun, since: new Date(platform.now()).toISOString() },
    waitingRun: null,
    ...(ended && { lastRun: toLastRun(ended) }),
  });
  if (transferred && waitingRun) await admitNext(platform, { ...job, ulid: waitingRun.ulid });
  return transferred;
}

/**
 * Sends the message of the run that received the lock. A run without a row yet is sent by its starter, which reads the
 * lock again after it has written the row.
 */
export async function admitNext(platform: Platform, ref: RunRef): Promise<void> {
  const admitted = await endWaiting(platform.db, ref, 'overlap', new Date(platform.now()).toISOString());
  if (admitted.ok) await platform.queues.sendRun(ref);
  else if (/* guard: lock.transfer.canceled-run */ admitted.run && isTerminal(admitted.run.state))
    await transferLock(platform, admitted.run);
}

/** Holders of the lock that a waiting run asks for the transfer, if each ends before it is asked. */
const MAX_HOLDERS = 3;

/**
 * Ensures that a run which has the job's waiting place receives the lock: marks the run that holds the lock, so that its
 * end transfers the lock. If that run has ended meanwhile, its end may have left the lock, which is transferred here.
 *
 * A holder without a row is not marked: its claim finds the waiting run in the job's state. If that state is outdated, the
 * sweeper wakes the waiting run.
 */
export async function awaitLock(platform: Platform, run: Run): Promise<void> {
  for (let holders = 0; holders < MAX_HOLDERS; holders++) {
    const state = await getJobState(platform.db, run.tenant, run.jobId);
    if (state?.incarnation !== run.incarnation || !state.lock) return;
    if (state.lock.ulid === run.ulid) return admitNext(platform, run);
    if (state.waitingRun?.ulid !== run.ulid) return;
    const marked = await markAwaited(platform.db, { ...run, ulid: state.lock.ulid });
    if (marked.ok || !marked.run) return;
    // guard: lock.await.ended
    await transferLock(platform, marked.run);
  }
}
