import { setTimeout as sleep } from 'node:timers/promises';
import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import type { AcquiredLock } from '../../domain/messages.ts';
import { decideAdmission } from '../../domain/overlap.ts';
import { findPause } from '../../domain/pause.ts';
import {
  type ChainPlace,
  NO_RESULT,
  type Restart,
  type Run,
  type SkippedTick,
  type SkipReason,
  type Trigger,
} from '../../domain/run.ts';
import { expiryTime } from '../../domain/run-expiry.ts';
import { decodeUlidTime } from '../../domain/run-id.ts';
import { NO_OPTIONS, payloadOf, type RunOptions } from '../../domain/run-input.ts';
import { concurrencyKeyOf, throttleKeyOf } from '../../domain/run-keys.ts';
import { assertTenantNotDeleted } from '../../domain/tenant-tombstone.ts';
import { purgeTime, TICK_LAG_MS } from '../../domain/timing.ts';
import { findReachedLimit } from '../../domain/usage.ts';
import type { Platform } from '../../platform/platform.ts';
import { putChainedRun } from '../../store/chained-runs.ts';
import type { KeyedRequest } from '../../store/idempotency.ts';
import { changeJobState, getJobState, type JobStateChange, updateJobState } from '../../store/job-states.ts';
import { placeInput, putRunInput, removeOrphanedInput } from '../../store/run-inputs.ts';
import { endDelay, putRun, putRunOnce, putSkipped } from '../../store/runs.ts';
import { isAtLimit, recheckCapacity } from '../finalize/admit-waiting.ts';
import { cancelDelayedRun, canceledBySkip } from '../finalize/cancel-run.ts';
import { awaitLock, transferFreeLock } from '../finalize/transfer-lock.ts';
import { isWithinQueueDelay, moveThrottled, sendIfNear } from './delay-run.ts';
import { ticksThroughAfter } from './job-schedule.ts';
import { inspectLock, toLastRun } from './overlap-lock.ts';
import { preempt } from './preempt.ts';
import { readStartContext, type StartContext } from './start-context.ts';
import { reserveLaterStart, reserveStart } from './throttle.ts';

/** Attempts at one decision while other processes decide about the same job. */
const MAX_DECISION_ATTEMPTS = 50;

/** A request to start a run. */
export interface RunRequest {
  readonly job: Job;
  readonly ulid: string;
  readonly trigger: Trigger;
  readonly scheduledAt: string | null;
  /** Each repeat of the request has another ULID. @defaultValue false */
  readonly isUnique?: boolean;
  /** The tick does not happen if its schedule is paused. @defaultValue false */
  readonly obeysPause?: boolean;
  /** Reason to skip the run, independent of other runs. */
  readonly skip?: SkipReason;
  /** @defaultValue none */
  readonly options?: RunOptions;
  /** Set for a run that continues another run of the job. */
  readonly restart?: { readonly lineage: string; readonly restart: Restart };
  /** Set for a redrive: the ULID of the failed run or missed tick, and the scheduled time of its tick. */
  readonly redrive?: { readonly from: string; readonly scheduledAt: string | null };
  /** Set for a run of a backfill: the backfill's id, and the tick. The run takes neither lock nor waiting place. */
  readonly backfill?: { readonly id: string; readonly scheduledAt: string };
  /** Set for a run that other runs of a chain precede, or that repeats one. */
  readonly chain?: ChainPlace | null;
  /** Set for a run that starts after upstream runs: the time of their end, ISO 8601. */
  readonly followsAt?: string;
  /** Time at which the run is to start, ISO 8601. Its row waits until then. @defaultValue at once */
  readonly runAt?: string | undefined;
  /** Set when a delayed run is to start: its row. */
  readonly delayed?: Run;
  /** Idempotency key, stored in the transaction that creates the run. */
  readonly idempotency?: KeyedRequest;
}

export type StartResult =
  | { readonly kind: 'started'; readonly run: Run }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  /** The schedule is paused at the time of the tick, which has no row. */
  | { readonly kind: 'paused' }
  /** A run with this ULID or this idempotency key existed already. */
  | { readonly kind: 'repeated' };

/** The run number and the place that the run received. */
interface AdmissionDecision {
  readonly number: number;
  readonly place: 'start' | 'wait' | 'delay' | 'paused' | SkipReason;
  /** The lock that the run acquired, if no other run can wait for it. */
  readonly lock?: AcquiredLock | undefined;
  /** Other jobs depended on the job at the decision. */
  readonly followed: boolean;
}

/** A decision about a state that has been read. */
type Decided = Omit<AdmissionDecision, 'followed'>;

/** The outcome of an attempt at a decision. */
type DecisionAttempt<Decision = AdmissionDecision> =
  | { readonly decision: Decision }
  /** The state changed meanwhile. `current` is the state that the rejected write returned, if there was one. */
  | { readonly decision?: undefined; readonly current: JobState | undefined };

/** @returns the time at which a run that has a row in any case was to start, or null for another run */
const promisedAt = ({ scheduledAt, followsAt }: RunRequest): string | null => scheduledAt ?? followsAt ?? null;

/**
 * @returns whether a refusal is stored. The decision about a delayed run is not: its row is queued until it starts or is
 * canceled, and it may be moved before a repeat.
 */
const storesRefusal = (request: RunRequest): boolean => promisedAt(request) !== null && !request.delayed;

/** @returns whether the run is decided without a caller that could be told of a refusal */
const isUnattended = (request: RunRequest): boolean => promisedAt(request) !== null || request.delayed !== undefined;

/** The job was deleted meanwhile. */
export const jobNotFoundError = (message = 'Job not found') => new JobdeckError('not_found', 'job.not_found', message);

/**
 * Starts a run: decides under the job's overlap policy, writes the run's row and sends its message. A run beyond the
 * tenant's limit of concurrent runs waits without a message. A run that is to start later has a row that waits, and is
 * decided when it is due (`start-delayed.ts`); the caller sends its message (`sendIfNear`), unless the throttle of the job
 * delays it.
 *
 * The start takes two writes: the job's state (number, lock), then the row. After a crash between them a repeat finds
 * the decision in the state row and completes it; the sweeper sends a message that was not sent.
 *
 * @param known the context of the start, if it has been read
 * @throws TenantDeletedError
 * @throws LimitReached `limit.storedBytes` or `limit.computeSecondsPerMonth` for a manual run
 */
export async function startRun(platform: Platform, request: RunRequest, known?: StartContext): Promise<StartResult> {
  const { job } = request;
  const context = known ?? (await readStartContext(platform, job.tenant, job.id));
  // guard: run.start.tenant-deleted
  assertTenantNotDeleted(context.limits);
  const { retentionDays, generation, concurrentRuns } = context.limits;
  const limited = applyUsageLimits(request, context);
  const throttleKey = throttleKeyOfRequest(limited, context);
  // A run that cannot start now is decided when it can.
  const laterStart = await reserveLaterStart(platform, job, throttleKey);
  const planned = laterStart === undefined || request.delayed ? limited : { ...limited, runAt: toIso(laterStart) };
  if (request.delayed && laterStart !== undefined) return throttleDelayed(platform, request.delayed, laterStart);
  const decision = await decideWithRetry(platform, planned, context.state);
  const { number, lock, followed } = decision;
  if (decision.place === 'paused') return { kind: 'paused' };
  const mayStart = decision.place === 'start' || decision.place === 'wait';
  // Others may have reserved the start meanwhile. A lock that the run received is free after 60 s.
  const postponed = mayStart ? await reserveStart(platform, job, throttleKey) : undefined;
  if (request.delayed && postponed !== undefined) return throttleDelayed(platform, request.delayed, postponed);
  const place = postponed === undefined ? decision.place : 'delay';
  const start = laterStart ?? postponed;
  const runAt = start === undefined ? request.runAt : toIso(start);
  const now = platform.now();
  const row = {
    tenant: job.tenant,
    jobId: job.id,
    incarnation: job.incarnation,
    ulid: request.ulid,
    number,
    createdAt: new Date(now).toISOString(),
    purgeAt: purgeTime(runAt ? Date.parse(runAt) : now, retentionDays),
  };
  if (place !== 'start' && place !== 'wait' && place !== 'delay') {
    // Only ticks and starts after upstream runs are promised a row. A refused manual run leaves none.
    const promised = promisedAt(request);
    if (request.delayed) await cancelDelayedRun(platform, request.delayed, canceledBySkip(place, job));
    else if (promised !== null) {
      const skipped = createSkippedTick(row, request, promised, place);
      await putChainedRun(platform.db, skipped);
      await putSkipped(platform.db, skipped);
    }
    return { kind: 'skipped', reason: place };
  }
  const waiting = place === 'start' ? await findFreeSlot(platform, row, concurrentRuns) : WAITING_PLACES[place];
  const run = request.delayed
    ? { ...request.delayed, number, followed }
    : createRun({ ...row, followed }, { ...request, runAt }, generation, waiting, now, start !== undefined);
  // A run that has a row is in the list of its chain.
  if (!request.delayed) await putChainedRun(platform.db, run);
  // A run that can be claimed has its input.
  // guard: run.input.first
  if (run.inputBytes > 0 && request.options?.input) await putRunInput(platform.db, run, request.options.input);
  const created = request.delayed
    ? (await endDelay(platform.db, run, { waiting, number, followed }, new Date(now).toISOString())).ok
    : request.idempotency
      ? await putRunOnce(platform.db, run, request.idempotency, now)
      : await putRun(platform.db, run);
  if (!created) {
    // guard: run.input.twin
    if (request.idempotency && run.inputBytes > 0) await removeOrphanedInput(platform.db, run);
    // guard: run.start.twin
    if (request.idempotency) await releaseAdmission(platform, request);
    return { kind: 'repeated' };
  }
  if (waiting === null) await platform.queues.sendRun({ ...run, lock });
  else if (/* guard: run.start.recheck */ waiting === 'limit') await recheckCapacity(platform, run, context.limits);
  // guard: lock.transferred-early
  else if (waiting === 'overlap') await awaitLock(platform, run);
  else if (start !== undefined) await sendIfNear(platform, run);
  return { kind: 'started', run };
}

const toIso = (time: number): string => new Date(time).toISOString();

/**
 * Returns the name of the throttle's key value of a run that is to start now.
 *
 * @returns `null` for a run that is not throttled: it is not to start, its start is requested for later, or reserved
 */
function throttleKeyOfRequest(
  { job, skip, runAt, delayed, options, scheduledAt, obeysPause }: RunRequest,
  { state }: StartContext,
): string | null {
  if (!job.throttle || skip || runAt !== undefined) return null;
  const isPaused = obeysPause && scheduledAt !== null && findPause(state?.pauses ?? [], scheduledAt) !== undefined;
  if (isPaused) return null;
  if (!delayed) return throttleKeyOf(job, payloadOf(job.target, options?.input ?? null));
  const isReserved = /* guard: throttle.reserved */ delayed.throttledFrom !== null;
  return isReserved ? null : delayed.throttleKey;
}

/** Moves a delayed run that is due to a start that was reserved for it. */
async function throttleDelayed(platform: Platform, delayed: Run, start: number): Promise<StartResult> {
  const moved = await moveThrottled(platform, delayed, toIso(start));
  return moved.ok ? { kind: 'started', run: moved.run } : { kind: 'repeated' };
}

/** The reasons to wait of runs that have not received a place. */
const WAITING_PLACES = { wait: 'overlap', delay: 'delay' } as const satisfies Record<string, Run['waiting']>;

/**
 * Returns the reason to wait of a run that may start: a run that would exceed the limit gets no message. Concurrent starts
 * may exceed it; then their claims wait.
 */
const findFreeSlot = async (platform: Platform, row: Row, concurrentRuns: number): Promise<'limit' | null> =>
  (await isAtLimit(platform, row, concurrentRuns)) ? 'limit' : null;

/**
 * Marks a tick as skipped if the tenant's storage or compute time is used up. A backfill waits before it starts a run.
 *
 * @throws LimitReached for a manual run
 */
function applyUsageLimits(request: RunRequest, { limits, usage }: StartContext): RunRequest {
  const reached = findReachedLimit(limits, usage);
  if (request.skip || request.backfill || !reached) return request;
  if (!isUnattended(request)) throw reached.error;
  return { ...request, skip: reached.reason };
}

/** @param outdated the state as read by an eventually consistent read */
async function decideWithRetry(
  platform: Platform,
  request: RunRequest,
  outdated: JobState | undefined,
): Promise<AdmissionDecision> {
  const { job } = request;
  // A decision is stored only if the state is still as read. A manual or delayed run that is refused stores none, so the
  // refusal needs a consistent read.
  const early: DecisionAttempt =
    outdated?.incarnation === job.incarnation ? await decide(platform, request, outdated) : { current: undefined };
  const isRefusal = !storesRefusal(request) && !['start', 'wait', 'delay'].includes(early.decision?.place ?? '');
  const isPaused = early.decision?.place === 'paused';
  if (
    early.decision &&
    /* guard: run.refused.consistent */ !isRefusal &&
    /* guard: tick.paused.consistent */ !isPaused
  ) {
    return early.decision;
  }
  // A rejected write returns the state that it was compared with, so that no read is necessary.
  let returned = early.decision ? undefined : early.current;
  for (let attempts = 0; attempts < MAX_DECISION_ATTEMPTS; attempts++) {
    // Random backoff separates processes that collide.
    if (attempts > 0) await sleep(platform.random() * Math.min(20 * attempts, 200));
    const state = returned ?? (await getJobState(platform.db, job.tenant, job.id));
    if (state?.incarnation !== job.incarnation) throw jobNotFoundError();
    const { decision } = await decide(platform, request, state);
    if (decision) return decision;
    // The state is outdated after the pause.
    returned = undefined;
  }
  throw new Error(`job ${job.id}: no decision in ${MAX_DECISION_ATTEMPTS} tries`);
}

async function decide(platform: Platform, request: RunRequest, state: JobState): Promise<DecisionAttempt> {
  const { followed } = state;
  const earlier = /* guard: tick.decided */ findEarlierDecision(state, request.ulid);
  if (earlier) {
    const late = findLateCreation(platform, request, state, earlier);
    const marked = late && (await changeJobState(platform.db, request.job, state, late));
    return marked?.ok === false ? { current: marked.current } : { decision: { ...earlier, followed } };
  }
  const attempt = await tryAdmit(platform, request, state);
  return attempt.decision ? { decision: { ...attempt.decision, followed } } : attempt;
}

/**
 * Returns the mark of the first run of a job that is created long after the time in its ULID. The mark is stored before the
 * run's row, so that lists by creation find the run.
 */
function findLateCreation(
  { now }: Platform,
  { ulid, delayed }: RunRequest,
  { hasLateRuns }: JobState,
  { place }: Pick<Decided, 'place'>,
): Pick<JobStateChange, 'hasLateRuns'> | undefined {
  const isCreated = !delayed && (place === 'start' || place === 'wait' || place === 'delay');
  const isLate = isCreated && !hasLateRuns && now() - decodeUlidTime(ulid) > TICK_LAG_MS;
  return isLate ? { hasLateRuns: true } : undefined;
}

/** Returns the decision of an earlier attempt before a crash, or of a concurrent process with the same tick. */
function findEarlierDecision(state: JobState, ulid: string): Decided | undefined {
  if (state.lock?.ulid === ulid) return { number: state.lock.number, place: 'start' };
  if (state.waitingRun?.ulid === ulid) return { number: state.waitingRun.number, place: 'wait' };
  const decided = state.decisions.find((decision) => decision.ulid === ulid);
  return decided && { number: decided.number, place: decided.skipped ?? 'start' };
}

/** Decides once, based on the state that was read. */
async function tryAdmit(platform: Platform, request: RunRequest, seen: JobState): Promise<DecisionAttempt<Decided>> {
  const { job, ulid, skip, delayed, scheduledAt, obeysPause } = request;
  const isPaused = obeysPause && scheduledAt !== null && findPause(seen.pauses, scheduledAt) !== undefined;
  // guard: tick.paused
  if (isPaused) return { decision: { number: 0, place: 'paused' } };
  // A delayed run takes its place among the runs when it starts.
  const isNewest = delayed?.number === seen.runNumber;
  const number = /* guard: delay.number */ isNewest ? seen.runNumber : seen.runNumber + 1;
  const pointer = { ulid, number };
  const tick = scheduledAt === null ? {} : { tick: scheduledAt };
  const store = async (
    decision: Omit<Decided, 'number'>,
    change: JobStateChange,
  ): Promise<DecisionAttempt<Decided>> => {
    const late = findLateCreation(platform, request, seen, decision);
    const stored = await changeJobState(platform.db, job, seen, { ...change, ...tick, ...late });
    if (!stored.ok) return { current: stored.current };
    return { decision: { number: change.countedRun === undefined ? number : stored.runNumber, ...decision } };
  };
  const skipWith = async (reason: SkipReason): Promise<DecisionAttempt<Decided>> =>
    storesRefusal(request)
      ? store({ place: reason }, { decision: { ...pointer, skipped: reason } })
      : { decision: { number: 0, place: reason } };
  if (skip) return skipWith(skip);
  if (request.runAt !== undefined) return store({ place: 'delay' }, { runNumber: number });

  if (/* guard: backfill.lock */ request.backfill) {
    return store({ place: 'start' }, { decision: { ...pointer, skipped: null }, newestRun: pointer });
  }

  const lock = await inspectLock(platform, job, seen, ulid);
  // The run that waits for the lock comes first. The end of the lock's run left the lock, or its process crashed.
  if (/* guard: lock.free.waiting-first */ lock.status === 'free' && seen.waitingRun) {
    await transferFreeLock(platform, job, seen, lock.endedHolder);
    return { current: undefined };
  }
  // Concurrent starts do not depend on each other's decisions.
  const isCounted = request.isUnique && !request.idempotency && job.overlapPolicy === 'allow' && !seen.lock;
  if (isCounted) return store({ place: 'start' }, { countedRun: ulid });
  const admission = decideAdmission(job.overlapPolicy, lock.status, seen.waitingRun !== null);
  if (admission === 'refuse') return skipWith('overlap');
  if (admission === 'replace' && (await preempt(platform, job, seen, lock.holder)) === 'again') {
    return { current: undefined };
  }
  const isStored = /* guard: delay.decision */ !delayed;
  const admitted: JobStateChange = {
    ...(isStored ? { decision: { ...pointer, skipped: null } } : { runNumber: number }),
    newestRun: pointer,
    ...(lock.endedHolder && whatEnded(job, lock.endedHolder, seen)),
  };
  if (admission !== 'start') return store({ place: 'wait' }, { ...admitted, waitingRun: pointer });
  const since = new Date(platform.now()).toISOString();
  // Under `allow`, clears a lock that its ended run left before the change of policy.
  const newLock = job.overlapPolicy !== 'allow' ? { ...pointer, since } : lock.endedHolder ? null : undefined;
  const ticksThrough = admitted.ticksThrough ?? seen.ticksThrough;
  const acquired = job.overlapPolicy === 'skip' ? { since, ticksThrough } : undefined;
  return store({ place: 'start', lock: acquired }, { ...admitted, ...(newLock !== undefined && { lock: newLock }) });
}

/** Releases the place of a run that will have no row, because a concurrent request with the same key came first. */
async function releaseAdmission(platform: Platform, { job, ulid }: RunRequest): Promise<void> {
  const { db } = platform;
  for (let tries = 0; tries < MAX_DECISION_ATTEMPTS; tries++) {
    const state = await getJobState(db, job.tenant, job.id);
    const isHolder = state?.lock?.ulid === ulid;
    if (!state || (!isHolder && state.waitingRun?.ulid !== ulid)) return;
    const released = isHolder
      ? /* guard: run.start.twin-awaited */ transferFreeLock(platform, job, state)
      : updateJobState(db, job, state, { waitingRun: null });
    if (await released) return;
  }
}

/** Returns what the end of a run left to the next start: the last run, and the tick watermark. */
function whatEnded(job: Job, ended: Run, seen: JobState): Pick<JobStateChange, 'lastRun' | 'ticksThrough'> {
  const ticksThrough = ticksThroughAfter(job, ended, seen);
  return { lastRun: toLastRun(ended), ...(ticksThrough !== undefined && { ticksThrough }) };
}

type Row = Pick<Run, 'tenant' | 'jobId' | 'incarnation' | 'ulid' | 'number' | 'createdAt' | 'purgeAt'>;

function createSkippedTick(
  row: Row,
  { chain = null }: RunRequest,
  scheduledAt: string,
  reason: SkipReason,
): SkippedTick {
  return { ...row, state: 'skipped', trigger: chain ? 'after' : 'schedule', reason, scheduledAt, chain };
}

function createRun(
  row: Row & Pick<Run, 'followed'>,
  {
    job,
    trigger,
    scheduledAt,
    options = NO_OPTIONS,
    restart: from,
    redrive,
    backfill,
    chain = null,
    runAt,
  }: RunRequest,
  generation: number,
  waiting: Run['waiting'],
  now: number,
  isThrottled: boolean,
): Run {
  const isSentAtOnce = runAt !== undefined && isWithinQueueDelay(runAt, now);
  const place = placeInput(options.input);
  const throttledFrom = isThrottled ? row.createdAt : null;
  const times = { createdAt: row.createdAt, runAt: runAt ?? null, throttledFrom };
  // A body may be large JSON, which only keys need.
  const keyed = job.concurrency || job.throttle ? payloadOf(job.target, options.input) : undefined;
  return {
    ...row,
    state: 'queued',
    trigger,
    scheduledAt: redrive?.scheduledAt ?? backfill?.scheduledAt ?? scheduledAt,
    chain,
    integrationId: job.integrationId,
    flow: createFlowState(job, row.ulid, from),
    stop: null,
    generation,
    waiting,
    startedAt: null,
    finishedAt: null,
    attempt: 0,
    attemptStartedAt: null,
    jobVersion: null,
    runAt: times.runAt,
    dueAt: null,
    sentAt: isSentAtOnce ? row.createdAt : null,
    resends: 0,
    lease: null,
    awaited: false,
    canceledBy: null,
    failure: null,
    priorComputeMs: 0,
    computeDay: null,
    acknowledged: null,
    redrivenFrom: redrive?.from ?? null,
    backfill: backfill?.id ?? null,
    lateStartAt: null,
    lateFinishAt: null,
    external: null,
    tags: options.tags,
    note: options.note,
    priority: options.priority ?? job.priority,
    concurrencyKey: concurrencyKeyOf(job, keyed),
    throttleKey: throttleKeyOf(job, keyed),
    throttledFrom,
    expiresAt: expiryTime(times, options.expiresInSeconds ?? job.expiresInSeconds),
    ...NO_RESULT,
    ...place,
    storedBytes: place.inputBytes,
  };
}

function createFlowState({ target }: Job, ulid: string, from: RunRequest['restart']): Run['flow'] {
  if (target.type !== 'flow') return null;
  return { lineage: ulid, ...from, exportId: target.flow.sources[0]?.id ?? '', plan: null, ended: null };
}
