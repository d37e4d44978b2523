import type { Attempt } from '../domain/attempt.ts';
import type { Stop } from '../domain/flow/stop.ts';
import type { Lateness } from '../domain/lateness.ts';
import type {
  ExternalExecution,
  Failure,
  FlowDetails,
  Lease,
  Run,
  RunRef,
  RunResult,
  SkippedTick,
  TerminalState,
} from '../domain/run.ts';
import { limitClassOf, waitingClassOf } from '../domain/run-class.ts';
import type { TenantId } from '../domain/tenant.ts';
import { attemptWrite } from './attempts.ts';
import { type Db, get, getMany, type Item, put, transact, type UpdateResult, update, type Write } from './db.ts';
import { absent, all, any, below, type Clause, equals, equalsOrAbsent, exists } from './expression.ts';
import { idempotencyWrite, type KeyedRequest } from './idempotency.ts';
import { activeKey, HEARTBEAT_MARK, type JobRef, runKey, skippedKey, TOUCH_MARK } from './keys.ts';
import {
  endedKeyOf,
  executionFields,
  fromRun,
  fromSkipped,
  omitDefaults,
  ownerTtlOf,
  rowTtlOf,
  toRun,
  toSkipped,
} from './run-item.ts';

export type RunUpdate =
  | { readonly ok: true; readonly run: Run }
  /** The condition does not hold; `run` is the current run, or `undefined` if it does not exist. */
  | { readonly ok: false; readonly run: Run | undefined };

function toUpdate({ ok, item }: UpdateResult): RunUpdate {
  if (ok) return { ok, run: toRun(item) };
  return { ok, run: item && toRun(item) };
}

const unmarked = { [HEARTBEAT_MARK]: null, [TOUCH_MARK]: null };

/** Updates a run and removes the marks of heartbeats and rebuilds, except in the write that sets them. */
export const updateRun = async (
  db: Db,
  ref: RunRef,
  set: Item,
  condition: Clause,
  { setOnce = {}, add = {} }: { readonly setOnce?: Item; readonly add?: Readonly<Record<string, number>> } = {},
): Promise<RunUpdate> =>
  toUpdate(await update(db, db.tables.runs, runKey(ref), { set: { ...unmarked, ...set }, setOnce, add }, condition));

/** Returns the run, read consistently unless told otherwise. */
export async function getRun(db: Db, ref: RunRef, consistent = true): Promise<Run | undefined> {
  const item = await get(db, db.tables.runs, runKey(ref), consistent);
  return item && toRun(item);
}

/** Returns the referenced runs in order; `undefined` for a missing one. */
export async function getRuns(db: Db, refs: readonly RunRef[], consistent = true): Promise<(Run | undefined)[]> {
  const items = await getMany(
    db,
    refs.map((ref) => ({ table: db.tables.runs, key: runKey(ref) })),
    { consistent },
  );
  return items.map((item) => item && toRun(item));
}

/** Returns the rows of ticks in order: a run, a skipped tick, or `undefined`. */
export async function getTickRows(
  db: Db,
  job: JobRef,
  ulids: readonly string[],
): Promise<({ readonly run?: Run; readonly skipped?: SkippedTick } | undefined)[]> {
  const refs = ulids.map((ulid) => ({ ...job, ulid }));
  const items = await getMany(
    db,
    refs.flatMap((ref) => [runKey(ref), skippedKey(ref)].map((key) => ({ table: db.tables.runs, key }))),
  );
  return refs.map((ref, i) => {
    const [run, skipped] = [items[2 * i], items[2 * i + 1]];
    if (run) return { run: toRun(run) };
    return skipped && { skipped: toSkipped(ref, skipped) };
  });
}

/** @returns `false` if the run exists already */
export async function putRun(db: Db, run: Run): Promise<boolean> {
  return put(db, db.tables.runs, fromRun(run), /* guard: run.create.once */ absent('pk'));
}

/**
 * Creates a run together with the row that maps an idempotency key to it, in one transaction.
 *
 * @returns `false` if the unexpired key, or the run, exists already
 */
export async function putRunOnce(db: Db, run: Run, request: KeyedRequest, now: number): Promise<boolean> {
  const created = { table: db.tables.runs, put: fromRun(run), condition: absent('pk') };
  return (await transact(db, [idempotencyWrite(db, run, request, now), created])) < 0;
}

/** @returns `false` if the tick has a row already */
export async function putSkipped(db: Db, tick: SkippedTick): Promise<boolean> {
  return put(db, db.tables.runs, fromSkipped(tick), absent('pk'));
}

const queued = equals('state', 'queued');
const ready = absent('waiting');
const heldBy = (token: string) => equals('leaseToken', token);
/** The lease as read, not renewed since: for taking over a run whose lease has expired. */
const expired = (lease: Lease) =>
  // guard: run.end.expired
  all(heldBy(lease.token), /* guard: run.end.renewed */ equals('leaseUntil', lease.until));
/** The writer of an end: the holder of the lease, or the sweeper after its expiry. */
export type LeaseWriter = 'holder' | 'sweeper';
/** The attempt and state of a run as read, without a lease: another service executes the run. */
const followedAsRead = ({ attempt, state }: Pick<Run, 'attempt' | 'state'>) =>
  all(
    /* guard: external.end.attempt */ equals('attempt', attempt),
    /* guard: external.end.state */ equals('state', state),
    absent('leaseToken'),
  );
const heldAs = (writer: LeaseWriter, lease: Lease | null, run: Pick<Run, 'attempt' | 'state'>) => {
  if (lease === null) return followedAsRead(run);
  return writer === 'holder' ? /* guard: run.end.lease */ heldBy(lease.token) : expired(lease);
};
const noLease = { leaseToken: null, leaseUntil: null };

/** Facts about a run that are determined at its claim. */
export interface Claim {
  readonly late?: boolean;
  /** Version of the definition at the start of the attempt. */
  readonly jobVersion?: number | null;
  /** Set if another run waits for the lock that the run holds. */
  readonly awaited?: boolean;
  /** Set if another service is to execute the run. */
  readonly external?: ExternalExecution | null;
}

/**
 * Claims a queued run: sets its lease and increments its attempt. A run that waited for a retry takes a slot. A late
 * start is flagged once.
 */
export async function claimRun(
  db: Db,
  seen: Run,
  lease: Lease,
  now: string,
  { late = false, jobVersion = null, awaited = false, external = null }: Claim = {},
): Promise<RunUpdate> {
  const set = {
    jobVersion,
    state: 'running',
    activeKey: activeKey(seen.tenant, 'admitted'),
    attempt: seen.attempt + 1,
    leaseToken: lease.token,
    leaseUntil: lease.until,
    startedAt: seen.startedAt ?? now,
    attemptStartedAt: seen.attempt > 0 ? now : null,
    dueAt: null,
    sentAt: null,
    resends: null,
    ...(awaited && { awaited }),
    ...(external && { external }),
  };
  const flags = late ? { lateStartAt: now } : {};
  return updateRun(
    db,
    seen,
    set,
    // guard: run.claim.once
    all(queued, ready, equalsOrAbsent('attempt', seen.attempt || null)),
    { setOnce: flags },
  );
}

/** Renews a lease and marks the change as a heartbeat. */
export async function renewLease(db: Db, ref: RunRef, lease: Lease): Promise<RunUpdate> {
  return updateRun(
    db,
    ref,
    { leaseUntil: lease.until, [HEARTBEAT_MARK]: true },
    // guard: run.renew.lease
    heldBy(lease.token),
  );
}

/**
 * Adds a run to a rebuild of the counters, unless it takes part in this or a later one. Nothing else changes, and the
 * lease stays valid. The change is marked, so that only the counters process it.
 */
export async function touchRun(db: Db, ref: RunRef, generation: number): Promise<void> {
  const former = any(absent('generation'), below('generation', generation));
  await updateRun(db, ref, { generation, [TOUCH_MARK]: true }, all(exists('pk'), former));
}

/** The end of a run. */
export interface RunEnd extends RunResult {
  readonly state: TerminalState;
  readonly finishedAt: string;
  readonly purgeAt: string;
  readonly failure: Failure | null;
  /**
   * Compute time in milliseconds beside `executionMs`, in total.
   *
   * @defaultValue unchanged
   */
  readonly priorComputeMs?: number;
  /**
   * Set if the run ended after its grace period; flagged once.
   *
   * @defaultValue false
   */
  readonly late?: boolean;
}

const latenessFields = ({ late = false, finishedAt }: Pick<RunEnd, 'late' | 'finishedAt'>): Item =>
  late ? { lateFinishAt: finishedAt } : {};

const failureFields = (failure: Failure | null) => ({
  failureKind: failure?.kind ?? null,
  failureMessage: failure?.message ?? null,
});

/**
 * Ends a run under its lease: the terminal transition.
 *
 * @param lease `null` for a run that another service executes: its attempt and state must be as read
 */
export async function finishRun(
  db: Db,
  run: RunRef & Pick<Run, 'flow' | 'attempt' | 'state'>,
  lease: Lease | null,
  end: RunEnd,
  writer: LeaseWriter = 'holder',
): Promise<RunUpdate> {
  const { failure, late, executionMs, ...fields } = end;
  const set = {
    ...omitDefaults({ ...fields }),
    ...executionFields(executionMs),
    ...failureFields(failure),
    ...noLease,
    activeKey: endedKeyOf(run.tenant, end.state),
    ttl: /* guard: run.ttl.owner */ run.flow ? ownerTtlOf(end.purgeAt) : rowTtlOf(run.tenant, end.purgeAt),
  };
  return updateRun(db, run, set, heldAs(writer, lease, run), { setOnce: latenessFields(end) });
}

/**
 * Flags a run as late.
 *
 * @returns `false` if the run is flagged already, has ended, or has started in the case of a late start
 */
export async function flagLate(db: Db, ref: RunRef, what: Lateness, at: string): Promise<boolean> {
  const flag = what === 'start' ? 'lateStartAt' : 'lateFinishAt';
  const waits = what === 'start' ? absent('startedAt') : exists('startedAt');
  const isNew = all(exists('pk'), /* guard: run.late.once */ absent(flag), absent('finishedAt'), waits);
  return (await updateRun(db, ref, { [flag]: at }, isNew)).ok;
}

/** A retry of a failed attempt. */
export interface FailedAttemptRetry {
  /** The failed attempt. */
  readonly attempt: Attempt;
  readonly dueAt: string;
  /** Bytes stored by the attempt. */
  readonly storedBytes: number;
  /** Compute time of the attempt in milliseconds. */
  readonly computeMs: number;
}

/**
 * Requeues a running run for its next attempt and stores the failed attempt, in one transaction.
 *
 * @param lease `null` for a run that another service executes: its attempt and state must be as read
 * @returns `false` without a write if the lease is lost or the run is being stopped
 */
export async function retryRun(
  db: Db,
  run: Run,
  lease: Lease | null,
  { attempt, dueAt, storedBytes, computeMs }: FailedAttemptRetry,
  writer: LeaseWriter = 'holder',
): Promise<boolean> {
  const set = {
    state: 'queued',
    activeKey: activeKey(run.tenant, 'retry'),
    dueAt,
    storedBytes: run.storedBytes + storedBytes || null,
    priorComputeMs: run.priorComputeMs + computeMs || null,
    ...failureFields(attempt.failure),
    ...noLease,
    ...(run.external && NOT_EXTERNAL),
  };
  const back: Write = {
    table: db.tables.runs,
    update: runKey(run),
    changes: { set: { ...unmarked, ...set } },
    condition: all(heldAs(writer, lease, run), /* guard: run.retry.running */ equals('state', 'running')),
  };
  return (await transact(db, [back, attemptWrite(db, run, attempt)])) < 0;
}

/** The fields of a run whose next attempt has not started. The message of an execution is not one of a queued run. */
const NOT_EXTERNAL = { external: null, sentAt: null, resends: null } as const;

/** The fields of a run before its claim. The attempt does not count. */
const withoutClaim = (run: Run): Item => ({
  state: 'queued',
  attempt: run.attempt - 1 || null,
  startedAt: run.attempt > 1 ? run.startedAt : null,
  attemptStartedAt: null,
  ...(run.external && { external: null }),
  ...noLease,
});

/**
 * Reverts a claim until `dueAt`.
 *
 * @returns `false` if the lease is lost or the run is being stopped; nothing was written then
 */
export async function deferClaim(db: Db, run: Run, lease: Lease, dueAt: string): Promise<boolean> {
  const set = { ...withoutClaim(run), activeKey: activeKey(run.tenant, 'retry'), dueAt };
  const { ok } = await updateRun(
    db,
    run,
    set,
    all(/* guard: run.defer.lease */ heldBy(lease.token), /* guard: run.defer.running */ equals('state', 'running')),
  );
  return ok;
}

/** Reverts a claim, because another run was first. */
export async function releaseClaim(db: Db, run: Run, lease: Lease): Promise<RunUpdate> {
  const set = { ...withoutClaim(run), activeKey: activeKey(run.tenant, limitClassOf(run.priority)), waiting: 'limit' };
  return updateRun(
    db,
    run,
    set,
    all(heldBy(lease.token), /* guard: run.release-claim.running */ equals('state', 'running')),
  );
}

/** Marks a queued run as waiting, and frees the slot that it holds. A retry for which the run waited is due then. */
export async function markWaiting(db: Db, run: Run, reason: 'limit' | 'overlap'): Promise<RunUpdate> {
  const set = { waiting: reason, activeKey: activeKey(run.tenant, waitingClassOf(reason, run.priority)), dueAt: null };
  return updateRun(db, run, set, /* guard: run.wait.queued */ all(queued, ready));
}

/**
 * Records that another run waits for the lock that a run holds. The end of the run finds the mark, or the mark finds the
 * end.
 */
export async function markAwaited(db: Db, ref: RunRef): Promise<RunUpdate> {
  return updateRun(db, ref, { awaited: true }, all(exists('pk'), /* guard: lock.await.active */ absent('finishedAt')));
}

/** Ends the wait of a run, which holds a slot then. The caller that succeeds sends its message. */
export async function endWaiting(db: Db, ref: RunRef, reason: 'limit' | 'overlap', now: string): Promise<RunUpdate> {
  return updateRun(
    db,
    ref,
    { waiting: null, activeKey: activeKey(ref.tenant, 'admitted'), sentAt: now },
    // guard: run.wake.waiting
    all(queued, equals('waiting', reason)),
  );
}

/** Returns the same as {@link markWaiting} as a transactional write. */
export const waitingWrite = (db: Db, run: Run, reason: 'overlap' | 'concurrency'): Write => ({
  table: db.tables.runs,
  update: runKey(run),
  changes: { set: { ...unmarked, waiting: reason, activeKey: activeKey(run.tenant, reason), dueAt: null } },
  condition: /* guard: key.wait.queued */ all(queued, ready),
});

/** Returns the write that ends the wait of a run for a slot of its concurrency key. It holds a slot of its tenant then. */
export const concurrencyAdmissionWrite = (db: Db, ref: RunRef, now: string): Write => ({
  table: db.tables.runs,
  update: runKey(ref),
  changes: { set: { ...unmarked, waiting: null, activeKey: activeKey(ref.tenant, 'admitted'), sentAt: now } },
  condition: /* guard: key.admit.waiting */ all(queued, equals('waiting', 'concurrency')),
});

/** Matches a run that waits for its start. */
const delayed = all(queued, equals('waiting', 'delay'));

/** Matches a run whose start is as read. */
const startAsRead = ({ runAt }: Run) => equalsOrAbsent('runAt', runAt);

/**
 * Ends the delay of a run, which waits for `waiting` then, or holds a slot, unless the run was moved since `seen` was read.
 * The caller that succeeds sends its message or has it admitted.
 *
 * @param started `number`: the number of the run, which follows those of the runs that started before it
 */
export async function endDelay(
  db: Db,
  seen: Run,
  { waiting, number, followed }: Pick<Run, 'waiting' | 'number' | 'followed'>,
  now: string,
): Promise<RunUpdate> {
  const runClass = waitingClassOf(waiting, seen.priority);
  const activeClass = activeKey(seen.tenant, runClass);
  const set = { number, waiting, followed: followed || null, activeKey: activeClass, sentAt: now };
  const isAsRead = /* guard: delay.end.as-read */ startAsRead(seen);
  return updateRun(db, seen, set, all(/* guard: delay.end.once */ delayed, isAsRead));
}

/** Changes the start of a delayed run, and its expiry. `sentAt`: time at which its message is sent, or null if the sweep sends it. */
export async function moveDelayedRun(
  db: Db,
  ref: RunRef,
  set: Pick<Run, 'runAt' | 'purgeAt' | 'sentAt' | 'expiresAt' | 'throttledFrom'>,
): Promise<RunUpdate> {
  return updateRun(db, ref, { ...set }, /* guard: delay.move.waiting */ delayed);
}

/** Changes the start of a delayed run like {@link moveDelayedRun}, unless the run was moved since `seen` was read. */
export async function throttleDelayedRun(
  db: Db,
  seen: Run,
  set: Parameters<typeof moveDelayedRun>[2],
): Promise<RunUpdate> {
  return updateRun(db, seen, { ...set }, all(delayed, /* guard: throttle.move.as-read */ startAsRead(seen)));
}

/**
 * Records that the message of a delayed run was sent, or not, unless the run was moved since `seen` was read.
 *
 * @param sentAt ISO 8601; `null` makes the sweep send the message
 */
export async function markDelaySent(db: Db, seen: Run, sentAt: string | null): Promise<RunUpdate> {
  const isAsRead = /* guard: delay.sent.as-read */ startAsRead(seen);
  return updateRun(db, seen, { sentAt }, all(delayed, isAsRead));
}

/** Records the repetition of a queued run's message, unless another caller has done so since `seen` was read. */
export async function markResent(db: Db, seen: Run, now: string): Promise<RunUpdate> {
  const set = { sentAt: now, resends: seen.resends + 1 };
  return updateRun(
    db,
    seen,
    set,
    all(queued, ready, /* guard: run.resend.once */ equalsOrAbsent('sentAt', seen.sentAt)),
  );
}

/** The cancellation of a queued run. */
export interface Cancellation {
  readonly canceledBy: string;
  readonly finishedAt: string;
  readonly purgeAt: string;
}

const cancellationFields = (tenant: TenantId, { canceledBy, finishedAt, purgeAt }: Cancellation): Item => ({
  state: 'canceled',
  activeKey: activeKey(tenant, 'canceled'),
  canceledBy,
  finishedAt,
  purgeAt,
  ttl: ownerTtlOf(purgeAt),
  waiting: null,
  dueAt: null,
});

/** Cancels a queued run. */
export async function cancelQueued(db: Db, ref: RunRef, cancellation: Cancellation): Promise<RunUpdate> {
  return updateRun(db, ref, cancellationFields(ref.tenant, cancellation), /* guard: run.cancel.queued */ queued);
}

/** Cancels a queued run whose expiry is as read, unless its first attempt has started. */
export async function cancelExpired(db: Db, seen: Run, cancellation: Cancellation): Promise<RunUpdate> {
  const isUnstarted = all(/* guard: run.cancel.expired */ absent('attempt'), equals('expiresAt', seen.expiresAt));
  return updateRun(db, seen, cancellationFields(seen.tenant, cancellation), all(queued, isUnstarted));
}

/** Cancels a delayed run that was not moved since `seen` was read. */
export async function cancelDelayed(db: Db, seen: Run, cancellation: Cancellation): Promise<RunUpdate> {
  const isAsRead = /* guard: delay.cancel.as-read */ startAsRead(seen);
  return updateRun(db, seen, cancellationFields(seen.tenant, cancellation), all(delayed, isAsRead));
}

/** Fails a queued run whose message reached the dead-letter queue. */
export async function failQueued(db: Db, ref: RunRef, failure: Failure, finishedAt: string, purgeAt: string) {
  const set = {
    state: 'failed',
    activeKey: activeKey(ref.tenant, 'failed'),
    ...failureFields(failure),
    finishedAt,
    purgeAt,
    ttl: ownerTtlOf(purgeAt),
    waiting: null,
    dueAt: null,
  };
  return updateRun(db, ref, set, /* guard: run.fail-queued.queued */ queued);
}

/** Requests that the worker of a running run, or the tasks of a flow run, stop. `stop` is set for flow runs. */
export async function requestStop(
  db: Db,
  ref: RunRef,
  canceledBy: string,
  stop: Stop | null = null,
): Promise<RunUpdate> {
  const set = { state: 'stopping', canceledBy, stop };
  return updateRun(db, ref, set, all(exists('pk'), /* guard: run.stop.running */ equals('state', 'running')));
}

/** Changes the stop mode of a flow run that is being stopped, but not of one that is failing. */
export async function changeStop(db: Db, ref: RunRef, stop: Stop): Promise<RunUpdate> {
  return updateRun(db, ref, { stop }, all(exists('pk'), equals('state', 'stopping'), absent('failureKind')));
}

/**
 * Records that a flow run is planned: its tasks have leases from then on, and the run has none. Failures of earlier
 * planning attempts are cleared.
 */
export async function markPlanned(db: Db, run: Run, flow: FlowDetails, lease: Lease): Promise<RunUpdate> {
  const set = { flow, ...noLease, ...failureFields(null) };
  return updateRun(db, run, set, all(/* guard: plan.mark.lease */ heldBy(lease.token), equals('state', 'running')));
}

const failureRequestFields = (failure: Failure) => ({
  state: 'stopping',
  ...failureFields(failure),
});
/** Planned, neither ended nor being stopped. */
const isAtWork = all(exists('pk'), /* guard: flow.fail.running */ equals('state', 'running'), absent('leaseToken'));

/** Requests that the tasks of a failing flow run stop. The first cause is kept. */
export async function requestFailure(db: Db, ref: RunRef, failure: Failure): Promise<RunUpdate> {
  return updateRun(db, ref, failureRequestFields(failure), isAtWork);
}

/**
 * Returns the same as a transactional write, to stop a task in one transaction: the run must not complete without that
 * task.
 */
export const failureRequestWrite = (db: Db, ref: RunRef, failure: Failure): Write => ({
  table: db.tables.runs,
  update: runKey(ref),
  changes: { set: { ...unmarked, ...failureRequestFields(failure) } },
  condition: isAtWork,
});

/**
 * Returns the write that adds the compute time of a task's slices to its running flow run.
 *
 * @param month the current month in UTC, for example `2026-11`
 */
export const computeWrite = (db: Db, ref: RunRef, computeMs: number, day: string): Write => ({
  table: db.tables.runs,
  update: runKey(ref),
  changes: { set: { ...unmarked, computeDay: day }, add: { priorComputeMs: computeMs } },
  condition: exists('pk'),
});

/**
 * Ends a flow run whose tasks have all ended: the terminal transition.
 *
 * @param computeMs compute time of the tasks in milliseconds that the run does not include yet
 */
export async function finishFlowRun(
  db: Db,
  seen: Run,
  end: Omit<RunEnd, 'failure' | 'priorComputeMs'> & { readonly flow: FlowDetails },
  computeMs: number,
): Promise<RunUpdate> {
  const { late, executionMs, ...fields } = end;
  const set = {
    ...omitDefaults({ ...fields }),
    ...executionFields(executionMs),
    activeKey: endedKeyOf(seen.tenant, end.state),
    ttl: /* guard: flow.ttl.owner */ ownerTtlOf(end.purgeAt),
  };
  return updateRun(db, seen, set, all(/* guard: flow.end.once */ equals('state', seen.state), absent('leaseToken')), {
    setOnce: latenessFields(end),
    ...(computeMs > 0 && { add: { priorComputeMs: computeMs } }),
  });
}
