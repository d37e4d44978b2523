import { DEFAULT_EXTERNAL_TIMEOUT_MS, isExternalTarget } from '../../domain/external-execution.ts';
import type { Job } from '../../domain/job.ts';
import type { JobState, OverlapLock } from '../../domain/job-state.ts';
import { isLateToStart } from '../../domain/lateness.ts';
import type { Limits } from '../../domain/limits.ts';
import type { RunToSend } from '../../domain/messages.ts';
import type { ExternalExecution, Lease, Run } from '../../domain/run.ts';
import { isExpired } from '../../domain/run-expiry.ts';
import { DUE_TOLERANCE_MS, LOCK_GRACE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJobState, updateJobState } from '../../store/job-states.ts';
import { getJob } from '../../store/jobs.ts';
import { type ClaimContext, getClaimContext } from '../../store/run-context.ts';
import { claimRun, getRun, markWaiting, releaseClaim } from '../../store/runs.ts';
import { admitWaiting, isAtLimit, recheckCapacity } from '../finalize/admit-waiting.ts';
import { CANCELED_BY_JOB_DELETION, cancelExpiredRun, cancelRun } from '../finalize/cancel-run.ts';
import { emitIfFlaggedLate } from '../finalize/emit-lateness.ts';
import { acquireKeySlot, waitForLock } from '../finalize/key-slots.ts';
import { transferFreeLock } from '../finalize/transfer-lock.ts';
import { isFollowedSoon, jitterOf, ticksThroughAfter } from '../start/job-schedule.ts';
import { inspectLock, toLastRun } from '../start/overlap-lock.ts';
import { createLease } from './lease.ts';

/** A run that this worker has claimed. */
export interface ClaimedRun {
  readonly job: Job;
  readonly run: Run;
  readonly lease: Lease;
  /**
   * Time up to which every tick of the job has a row, ISO 8601; `undefined` if unknown. Stored when the lock is
   * released.
   */
  readonly ticksThrough: string | undefined;
  /**
   * The end of the run may leave the lock, unless another run waits for it: the next start takes over the lock and stores
   * what a release stores.
   */
  readonly mayLeaveLock: boolean;
  /** The limits of the tenant at the claim. */
  readonly limits: Limits;
}

/**
 * Claims the run of a message.
 *
 * A run that has to wait is marked as waiting; its message is sent again when a slot or the lock becomes free.
 *
 * @param ref the message's run. The job's state is not read if its start has acquired the lock just now.
 * @returns `undefined` if the run has been claimed, has ended, is not due yet, or has to wait
 */
export async function claimQueuedRun(platform: Platform, ref: RunToSend): Promise<ClaimedRun | undefined> {
  const { db, now } = platform;
  const acquired = ref.lock && /* guard: run.claim.recent-message */ isRecent(ref.lock, now()) ? ref.lock : undefined;
  const { defaultLimits } = platform;
  const context = await getClaimContext(db, ref, { defaultLimits, includesState: acquired === undefined });
  // Only consistent reads decide that a run is not claimed. The claim itself is conditional on the run as read.
  const run = isClaimable(context.run) ? context.run : /* guard: run.claim.consistent */ await getRun(db, ref);
  if (!isClaimable(run)) return undefined;
  const isCurrent = context.job?.incarnation === ref.incarnation;
  const job = isCurrent ? context.job : /* guard: run.claim.consistent-job */ await getJob(db, ref.tenant, ref.jobId);
  if (/* guard: run.claim.incarnation */ job?.incarnation !== ref.incarnation) {
    await cancelRun(platform, ref, CANCELED_BY_JOB_DELETION);
    return undefined;
  }
  // guard: run.claim.due
  if (run.dueAt && Date.parse(run.dueAt) > now() + DUE_TOLERANCE_MS) return undefined;
  if (/* guard: run.claim.expired */ isExpired(run, now())) {
    await cancelExpiredRun(platform, run);
    return undefined;
  }
  const hasLock = job.overlapPolicy !== 'allow' && /* guard: backfill.claim */ run.backfill === null;
  const isUnawaited = acquired !== undefined && job.overlapPolicy === 'skip';
  const lock = !hasLock ? undefined : isUnawaited ? UNAWAITED : await ensureLock(platform, job, context, run);
  if (/* guard: run.claim.lock */ hasLock && !lock) {
    // The run held a slot.
    if (await waitForLock(platform, run)) await admitWaiting(platform, run, context.limits);
    return undefined;
  }
  const { concurrentRuns, tombstonedAt } = context.limits;
  // guard: run.claim.tenant-deleted
  if (tombstonedAt) return undefined;
  // A run takes its slot before its claim counts the slots, so the last of several concurrent claims counts all. If all
  // of them wait therefore, the last of them admits one again.
  if (/* guard: run.claim.limit */ await isAtLimit(platform, run, concurrentRuns)) {
    const marked = await markWaiting(db, run, 'limit');
    // guard: run.claim.recheck
    if (marked.ok) await recheckCapacity(platform, run, context.limits);
    return undefined;
  }
  if (/* guard: key.claim */ !(await acquireKeySlot(platform, run, job))) {
    await admitWaiting(platform, run, context.limits);
    return undefined;
  }
  const lease = createLease(now());
  const at = now();
  const claimedAt = new Date(at).toISOString();
  const late = run.startedAt === null && isLateToStart(job, run, at, jitterOf(job));
  const claimed = await claimRun(db, run, lease, claimedAt, {
    late,
    jobVersion: job.version,
    // guard: lock.claim.awaited
    awaited: lock?.awaited ?? false,
    external: toExternal(job, at),
  });
  if (!claimed.ok) return undefined;
  emitIfFlaggedLate(platform, claimed.run, 'start', claimedAt);
  // A run that waited for its retry takes its slot with the claim.
  if (/* guard: run.claim.retry-limit */ run.dueAt && (await isAtLimit(platform, run, concurrentRuns))) {
    const released = await releaseClaim(db, claimed.run, lease);
    if (released.ok) await recheckCapacity(platform, run, context.limits);
    return undefined;
  }
  const state = context.state?.incarnation === job.incarnation ? context.state : undefined;
  const known = acquired ?? state;
  const ticksThrough = hasLock && known ? ticksThroughAfter(job, run, known) : undefined;
  const isNextInTime = ticksThrough === undefined || isFollowedSoon(job, ticksThrough);
  const mayLeaveLock = hasLock && /* guard: lock.leave.ticks */ isNextInTime;
  return { job, run: claimed.run, lease, ticksThrough, mayLeaveLock, limits: context.limits };
}

/** Returns the execution that another service is to start for an attempt; null if a worker executes it. */
function toExternal({ target, timeoutMs }: Job, startedAt: number): ExternalExecution | null {
  if (!isExternalTarget(target)) return null;
  const deadline = startedAt + (timeoutMs ?? DEFAULT_EXTERNAL_TIMEOUT_MS);
  return { type: target.type, target: target.target, reference: null, deadlineAt: new Date(deadline).toISOString() };
}

const isClaimable = (run: Run | undefined): run is Run => run?.state === 'queued' && !run.waiting;

/** @returns whether no other run can have taken over the lock, because its run is claimed within half of the grace period */
const isRecent = ({ since }: Pick<OverlapLock, 'since'>, now: number): boolean =>
  now - Date.parse(since) < LOCK_GRACE_MS / 2;

/** Attempts to acquire or renew a lock while other processes change the state of the job. */
const MAX_LOCK_ATTEMPTS = 10;

/**
 * Ensures that the run holds its job's lock.
 *
 * The outdated state suffices if it shows the lock as acquired by the run within half of the grace period: until the end
 * of the period no other run can take it over.
 *
 * @returns `undefined` if another run holds the lock
 */
async function ensureLock(
  platform: Platform,
  job: Job,
  { state }: ClaimContext,
  run: Run,
): Promise<HeldLock | undefined> {
  const lock = state?.incarnation === job.incarnation ? state.lock : null;
  const isOwn = lock?.ulid === run.ulid;
  if (isOwn && /* guard: run.claim.recent-lock */ isRecent(lock, platform.now())) return heldLock(state, run);
  for (let attempts = 0; attempts < MAX_LOCK_ATTEMPTS; attempts++) {
    const current = await getJobState(platform.db, job.tenant, job.id);
    const acquired =
      current?.incarnation === job.incarnation ? await acquireLock(platform, job, current, run) : undefined;
    if (acquired !== 'changed') return acquired;
  }
  throw new Error(`job ${job.id}: its lock changed in ${MAX_LOCK_ATTEMPTS} attempts to acquire it`);
}

/** The lock that a run holds. */
interface HeldLock {
  /** Another run waits for the lock. */
  readonly awaited: boolean;
}

const UNAWAITED: HeldLock = { awaited: false };

const heldLock = (state: JobState | undefined, { ulid }: Run): HeldLock => ({
  awaited: state?.waitingRun != null && state.waitingRun.ulid !== ulid,
});

/**
 * Acquires the job's lock for the run, or transfers it to an older run that waits for it. The run loses the lock if more
 * than 60 s passed between the decision and the write of its row; another run may hold it by then, or may have found it
 * free and be about to write. The first claim therefore renews a lock that is not recent: the write of a run that found
 * the lock free before fails.
 *
 * @returns `undefined` if another run holds the lock; `'changed'` if the state is no longer as read
 */
async function acquireLock(
  platform: Platform,
  job: Job,
  state: JobState,
  run: Run,
): Promise<HeldLock | 'changed' | undefined> {
  const { status: view, endedHolder: ended } = await inspectLock(platform, job, state, run.ulid);
  if (view === 'taken') return undefined;
  const isFirstClaim = run.attempt === 0;
  const mayBeFound = isFirstClaim && state.lock !== null && !isRecent(state.lock, platform.now());
  if (view === 'own' && /* guard: run.claim.renew-lock */ !mayBeFound) return heldLock(state, run);
  const { waitingRun } = state;
  // A run that waits for the lock comes before one that was created later, under the policy `allow`.
  if (view === 'free' && /* guard: run.claim.waiting-first */ waitingRun && waitingRun.number < run.number) {
    await transferFreeLock(platform, job, state, ended);
    return undefined;
  }
  const lock = { ulid: run.ulid, number: run.number, since: new Date(platform.now()).toISOString() };
  const next = waitingRun?.ulid === run.ulid ? { waitingRun: null } : {};
  const change = { lock, ...next, ...(ended && { lastRun: toLastRun(ended) }) };
  return (await updateJobState(platform.db, job, state, change)) ? heldLock(state, run) : 'changed';
}
