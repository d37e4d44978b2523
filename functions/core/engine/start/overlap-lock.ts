import type { Job } from '../../domain/job.ts';
import type { JobState, LastRun } from '../../domain/job-state.ts';
import type { LockStatus } from '../../domain/overlap.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { LOCK_GRACE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRun } from '../../store/runs.ts';

/** What a state row keeps of a run that ended. */
export function toLastRun(run: Run): LastRun {
  if (!isTerminal(run.state)) throw new Error(`run ${run.ulid} is ${run.state}, not ended`);
  const { ulid, number, state, startedAt } = run;
  return { ulid, number, state, timedOut: run.failure?.kind === 'timeout', startedAt };
}

export interface LockInspection {
  readonly view: LockStatus;
  /** The run that holds it, when it is another one that lives. */
  readonly holder?: Run;
  /** The end of the run that held it, not yet told to the state row. */
  readonly endedHolder?: LastRun;
}

/**
 * Whose a job's lock is, seen from the run `ulid`. Whoever finds it taken reads the run it names: one that ended, or
 * that has no row a minute after it took the lock, holds nothing (DESIGN 2, rule 6).
 */
export async function inspectLock(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  { lock }: JobState,
  ulid: string,
): Promise<LockInspection> {
  if (!lock) return { view: 'free' };
  if (lock.ulid === ulid) return { view: 'own' };
  const { tenant, id: jobId, incarnation } = job;
  const holder = await getRun(db, { tenant, jobId, incarnation, ulid: lock.ulid });
  if (!holder)
    return { view: now() - Date.parse(lock.since) > LOCK_GRACE_MS ? /* guard: lock.missing-holder */ 'free' : 'taken' };
  return /* guard: lock.ended-holder */ isTerminal(holder.state)
    ? { view: 'free', endedHolder: toLastRun(holder) }
    : { view: 'taken', holder };
}
