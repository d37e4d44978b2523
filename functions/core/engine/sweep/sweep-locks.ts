import { decodeTime } from 'ulidx';
import type { JobState } from '../../domain/job-state.ts';
import { NextSweep } from '../../domain/next-sweep.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { isDelayed } from '../../domain/run-counts.ts';
import { encodeUlidTime } from '../../domain/run-id.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { DUE_TOLERANCE_MS, LOCK_GRACE_MS, LOCK_SETTLE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { updateJobState } from '../../store/job-states.ts';
import type { JobRef } from '../../store/keys.ts';
import { getRuns } from '../../store/runs.ts';
import { transferLock } from '../finalize/transfer-lock.ts';
import { startTime } from '../start/start-delayed.ts';
import { repairEach } from './part-runner.ts';

/**
 * Transfers locks for which a run waits, and frees waiting places, that a crash left behind: those of ended runs, and
 * those older than the grace period whose run has no row or is delayed. A run that gets its row later receives a place from
 * {@link sweepQueued}.
 *
 * A lock for which no run waits is left for a while: it is free if its run has ended. It is freed in the end because the
 * state then shows its run as the last one, after the run's row has expired.
 *
 * @returns the time at which the next lock or waiting place may be due
 */
export async function sweepLocks(
  platform: Platform,
  tenant: TenantId,
  states: ReadonlyMap<string, JobState>,
  hasTime: HasTime = () => true,
): Promise<NextSweep> {
  const graceEnd = platform.now() - LOCK_GRACE_MS;
  const after = new NextSweep();
  const candidates = [...states].flatMap(([jobId, state]) => {
    const job = { tenant, jobId, incarnation: state.incarnation };
    const since = state.lock && Date.parse(state.lock.since);
    const dueAt = since === null ? null : since + (state.waitingRun ? LOCK_GRACE_MS : LOCK_SETTLE_MS);
    const isDue = dueAt !== null && dueAt <= platform.now();
    const lock = isDue ? state.lock?.ulid : undefined;
    const next =
      state.waitingRun && state.waitingRun.ulid < encodeUlidTime(graceEnd) ? state.waitingRun.ulid : undefined;
    // guard: sweep.locks.next
    if (!isDue) after.include(dueAt);
    if (state.waitingRun && next === undefined) after.include(decodeTime(state.waitingRun.ulid) + LOCK_GRACE_MS);
    return lock !== undefined || next !== undefined ? [{ job, state, lock, next }] : [];
  });
  const runs = await readRuns(platform, candidates);
  await repairEach(candidates, hasTime, async ({ job, state, lock, next }) => {
    const holder = lock === undefined ? undefined : runs.get(lock);
    if (holder && isTerminal(holder.state)) {
      await transferLock(platform, holder);
      return;
    }
    const waiting = next === undefined ? undefined : runs.get(next);
    if (/* guard: sweep.locks.canceled-next */ waiting && isTerminal(waiting.state)) {
      await transferLock(platform, waiting);
      return;
    }
    const released = {
      // guard: sweep.locks.missing-holder
      ...(lock !== undefined && !holder && { lock: null }),
      // guard: sweep.locks.missing-next
      ...(next !== undefined && !waiting && { waitingRun: null }),
    };
    if (Object.keys(released).length > 0) await updateJobState(platform.db, job, state, released);
  });
  return after;
}

interface LockCandidate {
  readonly job: JobRef;
  readonly lock: string | undefined;
  readonly next: string | undefined;
}

/**
 * Reads the runs that hold or wait for these locks, by ULID, without those whose start was moved. A delayed run that is due
 * is about to start.
 */
async function readRuns(
  { db, now }: Platform,
  candidates: readonly LockCandidate[],
): Promise<ReadonlyMap<string, Run>> {
  const refs = candidates.flatMap(({ job, lock, next }) =>
    [lock, next].flatMap((ulid) => (ulid === undefined ? [] : [{ ...job, ulid }])),
  );
  const runs = await getRuns(db, refs);
  const isHolder = (run: Run) =>
    /* guard: sweep.locks.delayed */ !isDelayed(run) || startTime(run) <= now() + DUE_TOLERANCE_MS;
  return new Map(runs.flatMap((run) => (run && isHolder(run) ? [[run.ulid, run] as const] : [])));
}
