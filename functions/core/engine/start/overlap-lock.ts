import type { Job } from '../../domain/job.ts';
import type { JobState, LastRun } from '../../domain/job-state.ts';
import type { LockStatus } from '../../domain/overlap.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { isDelayed } from '../../domain/run-counts.ts';
import { LOCK_GRACE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRun } from '../../store/runs.ts';

/**
 * Converts an ended run to the form that the job's state row stores.
 *
 * @throws Error if the run has not ended
 */
export function toLastRun(run: Run): LastRun {
  if (!isTerminal(run.state)) throw new Error(`run ${run.ulid} is ${run.state}, not ended`);
  const { ulid, number, state, startedAt } = run;
  return { ulid, number, state, timedOut: run.failure?.kind === 'timeout', startedAt };
}

export interface LockInspection {
  readonly status: LockStatus;
  /** The active run that holds the lock, if it is not the run of the inspection. */
  readonly holder?: Run;
  /** The ended run that the lock names. Its end has not been stored in the state row. */
  readonly endedHolder?: Run;
}

/**
 * Determines the status of a job's overlap lock from the point of view of the run `ulid`.
 *
 * Reads the run that holds the lock. A lock is free if that run has ended, or has no row 60 s after it acquired the
 * lock, or is still delayed then: it was moved after the decision to start it.
 */
export async function inspectLock(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  { lock }: JobState,
  ulid: string,
): Promise<LockInspection> {
  if (!lock) return { status: 'free' };
  if (lock.ulid === ulid) return { status: 'own' };
  const { tenant, id: jobId, incarnation } = job;
  const ref = { tenant, jobId, incarnation, ulid: lock.ulid };
  // An ended run stays ended, so an outdated row suffices. It costs half.
  const outdated = await getRun(db, ref, false);
  const holder =
    outdated && isTerminal(outdated.state) ? outdated : /* guard: lock.holder.consistent */ await getRun(db, ref);
  if (!holder || /* guard: lock.delayed-holder */ isDelayed(holder))
    return {
      status: now() - Date.parse(lock.since) > LOCK_GRACE_MS ? /* guard: lock.missing-holder */ 'free' : 'taken',
    };
  return /* guard: lock.ended-holder */ isTerminal(holder.state)
    ? { status: 'free', endedHolder: holder }
    : { status: 'taken', holder };
}
