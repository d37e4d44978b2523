import { setTimeout as sleep } from 'node:timers/promises';
import { JobdeckError } from '../domain/errors.ts';
import { refuseFenced } from '../domain/fence.ts';
import type { Job } from '../domain/job.ts';
import type { JobState } from '../domain/job-state.ts';
import { tooMuchStored } from '../domain/limits.ts';
import { admit } from '../domain/overlap.ts';
import { NO_RESULT, type Restart, type Run, type SkippedTick, type SkipReason, type Trigger } from '../domain/run.ts';
import { purgeTime } from '../domain/timing.ts';
import type { Platform } from '../platform/platform.ts';
import { getLimits } from '../store/limits.ts';
import { putRun, putRunOnce, putSkipped } from '../store/runs.ts';
import { changeState, getState } from '../store/states.ts';
import { makeRoom } from './cancel.ts';
import { inspectLock } from './lock.ts';
import { wakeNext } from './settle.ts';
import { storedBytes } from './stored-bytes.ts';

/** Tries at one decision when others decide about the same job at the same time. */
const DECISION_TRIES = 50;

/** A run that is to be. */
export interface Candidate {
  readonly job: Job;
  readonly ulid: string;
  readonly trigger: Trigger;
  readonly scheduledAt: string | null;
  /** A reason not to run that has nothing to do with other runs. */
  readonly skip?: SkipReason;
  /** Goes on from another run of the job. */
  readonly restart?: { readonly lineage: string; readonly restart: Restart };
  /** Does again what failed or was missed: the run's or tick's ULID, and the tick it was of. */
  readonly redrive?: { readonly from: string; readonly scheduledAt: string | null };
  /** Makes the run's row together with the row of an idempotency key. */
  readonly once?: { readonly keyHash: string; readonly expiresAt: number };
}

export type Started =
  | { readonly kind: 'started'; readonly run: Run }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  /** A run with this ULID, or this idempotency key, was there already. */
  | { readonly kind: 'repeated' };

/** What is decided about a candidate: it gets a number, and a place. */
interface Decided {
  readonly number: number;
  readonly place: 'start' | 'wait' | SkipReason;
}

/**
 * Starts a run: decides under the job's overlap policy, makes its row and tells the workers.
 *
 * Two writes: the job's state (number, lock), then the row. Done again after a crash between them, the decision is
 * found on the state and completed; the sweeper sends what was not sent (DESIGN 2, rules 6 and 7).
 *
 * @throws TenantFenced
 */
export async function startRun(platform: Platform, candidate: Candidate): Promise<Started> {
  const { job } = candidate;
  const limits = await getLimits(platform.db, job.tenant, platform.defaultLimits);
  // guard: run.start.tenant-deleted
  refuseFenced(limits);
  const { retentionDays, generation, storedBytes: most } = limits;
  const { number, place } = await decide(platform, await withinStorage(platform, candidate, most));
  const now = platform.now();
  const row = {
    tenant: job.tenant,
    jobId: job.id,
    incarnation: job.incarnation,
    ulid: candidate.ulid,
    number,
    createdAt: new Date(now).toISOString(),
    purgeAt: purgeTime(now, retentionDays),
  };
  if (place !== 'start' && place !== 'wait') {
    // A refused manual run leaves nothing behind: only ticks are promised a row.
    if (candidate.scheduledAt !== null) await putSkipped(platform.db, skippedTick(row, candidate.scheduledAt, place));
    return { kind: 'skipped', reason: place };
  }
  const run = newRun(row, candidate, generation, place === 'wait');
  const made = candidate.once
    ? await putRunOnce(platform.db, run, candidate.once.keyHash, { now, expiresAt: candidate.once.expiresAt })
    : await putRun(platform.db, run);
  if (!made) {
    // guard: run.start.twin
    if (candidate.once) await abandon(platform, candidate);
    return { kind: 'repeated' };
  }
  if (place === 'start') await platform.queues.sendRun(run);
  // guard: lock.transferred-early
  else await wakeIfHandedMeanwhile(platform, run);
  return { kind: 'started', run };
}

/**
 * The candidate, as one to be skipped when the tenant's runs have left too much behind; what was decided before stays.
 *
 * @throws LimitReached `limit.storedBytes` for what is no tick
 */
async function withinStorage(platform: Platform, candidate: Candidate, most: number): Promise<Candidate> {
  if (candidate.skip) return candidate;
  const stored = await storedBytes(platform, candidate.job.tenant);
  if (stored < most) return candidate;
  if (candidate.scheduledAt === null) throw tooMuchStored(most, stored);
  return { ...candidate, skip: 'storage' };
}

async function decide(platform: Platform, candidate: Candidate): Promise<Decided> {
  const { job, ulid } = candidate;
  for (let tries = 0; tries < DECISION_TRIES; tries++) {
    // Colliding deciders come back apart.
    if (tries > 0) await sleep(platform.random() * Math.min(20 * tries, 200));
    const state = await getState(platform.db, job.tenant, job.id);
    if (state?.incarnation !== job.incarnation) throw new JobdeckError('not_found', 'job.not_found', 'Job not found');
    const decided =
      // guard: tick.decided
      earlierDecision(state, ulid) ?? (await tryDecide(platform, candidate, state));
    if (decided) return decided;
  }
  throw new Error(`job ${job.id}: no decision in ${DECISION_TRIES} tries`);
}

/** What was decided before a crash, or by whoever handles the same tick at the same time. */
function earlierDecision(state: JobState, ulid: string): Decided | undefined {
  if (state.lock?.ulid === ulid) return { number: state.lock.number, place: 'start' };
  if (state.next?.ulid === ulid) return { number: state.next.number, place: 'wait' };
  const decided = state.decided.find((decision) => decision.ulid === ulid);
  return decided && { number: decided.number, place: decided.skipped ?? 'start' };
}

/** One decision on what is seen; undefined when it has changed meanwhile. */
async function tryDecide(platform: Platform, candidate: Candidate, seen: JobState): Promise<Decided | undefined> {
  const { job, ulid, skip } = candidate;
  const number = seen.runNumber + 1;
  const pointer = { ulid, number };

  const skipWith = async (reason: SkipReason): Promise<Decided | undefined> => {
    if (candidate.scheduledAt === null) return { number: 0, place: reason };
    const ok = await changeState(platform.db, job, seen, { decided: { ...pointer, skipped: reason } });
    return ok ? { number, place: reason } : undefined;
  };
  if (skip) return skipWith(skip);

  const lock = await inspectLock(platform, job, seen, ulid);
  const admission = admit(job.overlapPolicy, lock.view, seen.next !== null);
  if (admission === 'refuse') return skipWith('overlap');
  if (admission === 'replace' && (await makeRoom(platform, job, seen, lock.holder)) === 'again') return undefined;

  const decided = { ...pointer, skipped: null };
  const base = { decided, newest: pointer, ...(lock.ended && { last: lock.ended }) };
  if (admission !== 'start') {
    return (await changeState(platform.db, job, seen, { ...base, next: pointer }))
      ? { number, place: 'wait' }
      : undefined;
  }
  const since = new Date(platform.now()).toISOString();
  const taken = job.overlapPolicy === 'allow' ? {} : { lock: { ...pointer, since } };
  return (await changeState(platform.db, job, seen, { ...base, ...taken })) ? { number, place: 'start' } : undefined;
}

/** Gives back the place of a run that will have no row: its twin with the same idempotency key was first. */
async function abandon({ db }: Platform, { job, ulid }: Candidate): Promise<void> {
  const state = await getState(db, job.tenant, job.id);
  if (state?.lock?.ulid === ulid && !state.next) await changeState(db, job, state, { lock: null });
  if (state?.next?.ulid === ulid) await changeState(db, job, state, { next: null });
}

/** The lock may have been handed to this run before it had a row to be woken by. */
async function wakeIfHandedMeanwhile(platform: Platform, run: Run): Promise<void> {
  const state = await getState(platform.db, run.tenant, run.jobId);
  if (state?.lock?.ulid === run.ulid) await wakeNext(platform, run);
}

type Row = Pick<Run, 'tenant' | 'jobId' | 'incarnation' | 'ulid' | 'number' | 'createdAt' | 'purgeAt'>;

function skippedTick(row: Row, scheduledAt: string, reason: SkipReason): SkippedTick {
  return { ...row, state: 'skipped', trigger: 'schedule', reason, scheduledAt };
}

function newRun(
  row: Row,
  { job, trigger, scheduledAt, restart: from, redrive }: Candidate,
  generation: number,
  waits: boolean,
): Run {
  return {
    ...row,
    state: 'queued',
    trigger,
    scheduledAt: redrive?.scheduledAt ?? scheduledAt,
    integrationId: job.integrationId,
    flow: flowOf(job, row.ulid, from),
    stop: null,
    generation,
    waiting: waits ? 'overlap' : null,
    startedAt: null,
    finishedAt: null,
    attempt: 0,
    attemptStartedAt: null,
    jobVersion: null,
    dueAt: null,
    sentAt: null,
    resends: 0,
    lease: null,
    canceledBy: null,
    failure: null,
    acknowledged: null,
    redrivenFrom: redrive?.from ?? null,
    lateStartAt: null,
    lateFinishAt: null,
    ...NO_RESULT,
  };
}

function flowOf({ target }: Job, ulid: string, from: Candidate['restart']): Run['flow'] {
  if (target.type !== 'flow') return null;
  return { lineage: ulid, ...from, exportId: target.flow.sources[0]?.id ?? '', plan: null, ended: null };
}
