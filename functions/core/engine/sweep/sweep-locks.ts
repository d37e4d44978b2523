import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { encodeUlidTime } from '../../domain/run-id.ts';
import { LOCK_GRACE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { updateJobState } from '../../store/job-states.ts';
import { getRuns } from '../../store/runs.ts';
import { transferLock } from '../finalize/finalize-run.ts';

/**
 * Frees locks and waiting places that a crash left behind: those of ended runs, and those older than the grace period
 * whose run has no row. A run that gets its row later receives a place from {@link sweepQueued}.
 */
export async function sweepLocks(
  platform: Platform,
  jobs: ReadonlyMap<string, Job>,
  states: ReadonlyMap<string, JobState>,
): Promise<void> {
  const graceEnd = platform.now() - LOCK_GRACE_MS;
  const candidates = [...jobs.values()].flatMap((job) => {
    const state = states.get(job.id);
    const lock = state?.lock && Date.parse(state.lock.since) <= graceEnd ? state.lock.ulid : undefined;
    const next =
      state?.waitingRun && state.waitingRun.ulid < encodeUlidTime(graceEnd) ? state.waitingRun.ulid : undefined;
    return state && (lock !== undefined || next !== undefined) ? [{ job, state, lock, next }] : [];
  });
  const runs = await readRuns(platform, candidates);
  for (const { job, state, lock, next } of candidates) {
    const holder = lock === undefined ? undefined : runs.get(lock);
    if (holder && isTerminal(holder.state)) {
      await transferLock(platform, holder);
      continue;
    }
    const waiting = next === undefined ? undefined : runs.get(next);
    if (/* guard: sweep.locks.canceled-next */ waiting && isTerminal(waiting.state)) {
      await transferLock(platform, waiting);
      continue;
    }
    const released = {
      // guard: sweep.locks.missing-holder
      ...(lock !== undefined && !holder && { lock: null }),
      // guard: sweep.locks.missing-next
      ...(next !== undefined && !waiting && { waitingRun: null }),
    };
    if (Object.keys(released).length > 0) await updateJobState(platform.db, job, state, released);
  }
}

interface LockCandidate {
  readonly job: Job;
  readonly lock: string | undefined;
  readonly next: string | undefined;
}

/** Reads the runs that hold or wait for these locks, by ULID. */
async function readRuns({ db }: Platform, candidates: readonly LockCandidate[]): Promise<ReadonlyMap<string, Run>> {
  const refs = candidates.flatMap(({ job: { tenant, id: jobId, incarnation }, lock, next }) =>
    [lock, next].flatMap((ulid) => (ulid === undefined ? [] : [{ tenant, jobId, incarnation, ulid }])),
  );
  const runs = await getRuns(db, refs);
  return new Map(runs.flatMap((run) => (run ? [[run.ulid, run] as const] : [])));
}
