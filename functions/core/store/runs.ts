import type { Attempt } from '../domain/attempt.ts';
import type { Stop } from '../domain/flow/stop.ts';
import type { Lateness } from '../domain/lateness.ts';
import type { Failure, FlowDetails, Lease, Run, RunRef, RunResult, SkippedTick, TerminalState } from '../domain/run.ts';
import { attemptWrite } from './attempts.ts';
import { type Db, get, getMany, type Item, put, transact, type UpdateResult, update, type Write } from './db.ts';
import { absent, all, any, atMost, below, type Clause, equals, equalsOrAbsent, exists } from './expression.ts';
import { HEARTBEAT_MARK, idempotencyKey, type JobRef, runKey, skippedKey, TOUCH_MARK } from './keys.ts';
import {
  activeKeyOf,
  executionFields,
  fromRun,
  fromSkipped,
  omitDefaults,
  toRun,
  toSkipped,
  ttlOf,
} from './run-item.ts';

export type RunUpdate =
  | { readonly ok: true; readonly run: Run }
  /** The row is not as expected; `run` is what it is, undefined when it is gone. */
  | { readonly ok: false; readonly run: Run | undefined };

function toUpdate({ ok, item }: UpdateResult): RunUpdate {
  if (ok) return { ok, run: toRun(item) };
  return { ok, run: item && toRun(item) };
}

const unmarked = { [HEARTBEAT_MARK]: null, [TOUCH_MARK]: null };

/** Every write takes the marks of a heartbeat and of a touch away, but the one that makes them. */
export const updateRun = async (
  db: Db,
  ref: RunRef,
  set: Item,
  condition: Clause,
  setOnce: Item = {},
): Promise<RunUpdate> =>
  toUpdate(await update(db, db.tables.runs, runKey(ref), { set: { ...unmarked, ...set }, setOnce }, condition));

/** The run, read consistently. */
export async function getRun(db: Db, ref: RunRef): Promise<Run | undefined> {
  const item = await get(db, db.tables.runs, runKey(ref));
  return item && toRun(item);
}

/** The runs of these references, read consistently, in their order; undefined where there is none. */
export async function getRuns(db: Db, refs: readonly RunRef[]): Promise<(Run | undefined)[]> {
  const items = await getMany(
    db,
    refs.map((ref) => ({ table: db.tables.runs, key: runKey(ref) })),
  );
  return items.map((item) => item && toRun(item));
}

export async function getSkipped(db: Db, ref: RunRef): Promise<SkippedTick | undefined> {
  const item = await get(db, db.tables.runs, skippedKey(ref));
  return item && toSkipped(ref, item);
}

/** What became of ticks, in their order: a run, a skipped tick, or nothing yet. */
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

/** Makes a run's row; false when it is there already. */
export async function putRun(db: Db, run: Run): Promise<boolean> {
  return put(db, db.tables.runs, fromRun(run), /* guard: run.create.once */ absent('pk'));
}

/**
 * Makes a run's row together with the row that maps an idempotency key to it, so that neither is ever without the
 * other. False when the key (unless it is forgotten by now), or the run, is there already.
 */
export async function putRunOnce(
  db: Db,
  run: Run,
  keyHash: string,
  time: { readonly now: number; readonly expiresAt: number },
): Promise<boolean> {
  const { jobId, incarnation, ulid } = run;
  const row = {
    ...idempotencyKey(run.tenant, keyHash),
    jobId,
    incarnation,
    ulid,
    ttl: Math.ceil(time.expiresAt / 1_000),
  };
  const unused = any(absent('pk'), /* guard: idempotency-key.once */ atMost('ttl', time.now / 1_000));
  return (
    (await transact(db, [
      { table: db.tables.access, put: row, condition: unused },
      { table: db.tables.runs, put: fromRun(run), condition: absent('pk') },
    ])) < 0
  );
}

/** Records a tick that does not run; false when it has its row already. */
export async function putSkipped(db: Db, tick: SkippedTick): Promise<boolean> {
  return put(db, db.tables.runs, fromSkipped(tick), absent('pk'));
}

const queued = equals('state', 'queued');
const ready = absent('waiting');
const heldBy = (token: string) => equals('leaseToken', token);
/** Held, and not renewed since it was read: for whoever takes a run from a worker whose lease ran out. */
const expired = (lease: Lease) =>
  // guard: run.end.expired
  all(heldBy(lease.token), /* guard: run.end.renewed */ equals('leaseUntil', lease.until));
/** Who writes: the holder of the lease, or somebody who found it run out. */
export type LeaseWriter = 'holder' | 'sweeper';
const heldAs = (writer: LeaseWriter, lease: Lease) =>
  writer === 'holder' ? /* guard: run.end.lease */ heldBy(lease.token) : expired(lease);
const noLease = { leaseToken: null, leaseUntil: null };

/** What is found out about a run as it is claimed. */
export interface Claim {
  readonly late?: boolean;
  /** Of the definition that the attempt begins with. */
  readonly jobVersion?: number | null;
}

/** Takes a queued run: sets its lease and raises its attempt. One that starts too late is flagged, unless it was. */
export async function claimRun(
  db: Db,
  seen: Run,
  lease: Lease,
  now: string,
  { late = false, jobVersion = null }: Claim = {},
): Promise<RunUpdate> {
  const set = {
    jobVersion,
    state: 'running',
    activeKey: activeKeyOf(seen.tenant, 'running'),
    attempt: seen.attempt + 1,
    leaseToken: lease.token,
    leaseUntil: lease.until,
    startedAt: seen.startedAt ?? now,
    attemptStartedAt: seen.attempt > 0 ? now : null,
    dueAt: null,
    sentAt: null,
    resends: null,
  };
  const flags = late ? { lateStartAt: now } : {};
  return updateRun(
    db,
    seen,
    set,
    // guard: run.claim.once
    all(queued, ready, equalsOrAbsent('attempt', seen.attempt || null)),
    flags,
  );
}

/** Renews a lease: a heartbeat, and marked as one. */
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
 * Takes a run into a rebuild of the counters, unless it is in it or in a later one: nothing else about it changes, and
 * whoever holds its lease goes on. Marked, for whoever is to know of changes of runs only.
 */
export async function touchRun(db: Db, ref: RunRef, generation: number): Promise<void> {
  const former = any(absent('generation'), below('generation', generation));
  await updateRun(db, ref, { generation, [TOUCH_MARK]: true }, all(exists('pk'), former));
}

/** How a run ended, as its row keeps it. */
export interface RunEnd extends RunResult {
  readonly state: TerminalState;
  readonly finishedAt: string;
  readonly purgeAt: string;
  readonly failure: Failure | null;
  /** Whether it ends later than its job minds: it is flagged, unless it was. @default false */
  readonly late?: boolean;
}

const latenessFields = ({ late = false, finishedAt }: Pick<RunEnd, 'late' | 'finishedAt'>): Item =>
  late ? { lateFinishAt: finishedAt } : {};

const failureFields = (failure: Failure | null) => ({
  failureKind: failure?.kind ?? null,
  failureMessage: failure?.message ?? null,
});

/** Ends a run under its lease: the one terminal transition. */
export async function finishRun(
  db: Db,
  run: RunRef,
  lease: Lease,
  end: RunEnd,
  writer: LeaseWriter = 'holder',
): Promise<RunUpdate> {
  const { failure, late, executionMs, ...fields } = end;
  const set = {
    ...omitDefaults({ ...fields }),
    ...executionFields(executionMs),
    ...failureFields(failure),
    ...noLease,
    activeKey: activeKeyOf(run.tenant, end.state),
    ttl: ttlOf(end.purgeAt),
  };
  return updateRun(db, run, set, heldAs(writer, lease), latenessFields(end));
}

/** Flags a run as late, once; false when it was before, or has ended, or started meanwhile where it is late to start. */
export async function flagLate(db: Db, ref: RunRef, what: Lateness, at: string): Promise<boolean> {
  const flag = what === 'start' ? 'lateStartAt' : 'lateFinishAt';
  const waits = what === 'start' ? absent('startedAt') : exists('startedAt');
  const isNew = all(exists('pk'), /* guard: run.late.once */ absent(flag), absent('finishedAt'), waits);
  return (await updateRun(db, ref, { [flag]: at }, isNew)).ok;
}

/** A run on its way back in line. */
export interface FailedAttemptRetry {
  /** The attempt that failed. */
  readonly attempt: Attempt;
  readonly dueAt: string;
  /** Bytes that the attempt left in the store. */
  readonly storedBytes: number;
}

/**
 * Puts a running run back in line for its next attempt and stores the attempt that failed, in one transaction.
 *
 * @returns false if the lease is lost or the run is being stopped; then nothing was written
 */
export async function retryRun(
  db: Db,
  run: Run,
  lease: Lease,
  { attempt, dueAt, storedBytes }: FailedAttemptRetry,
  writer: LeaseWriter = 'holder',
): Promise<boolean> {
  const set = {
    state: 'queued',
    activeKey: activeKeyOf(run.tenant, 'queued'),
    dueAt,
    storedBytes: run.storedBytes + storedBytes || null,
    ...failureFields(attempt.failure),
    ...noLease,
  };
  const back: Write = {
    table: db.tables.runs,
    update: runKey(run),
    changes: { set: { ...unmarked, ...set } },
    condition: all(heldAs(writer, lease), /* guard: run.retry.running */ equals('state', 'running')),
  };
  return (await transact(db, [back, attemptWrite(db, run, attempt)])) < 0;
}

/** Gives a claimed run back, as if it had not been claimed: another run was there first. */
export async function releaseClaim(db: Db, run: Run, lease: Lease): Promise<RunUpdate> {
  const set = {
    state: 'queued',
    activeKey: activeKeyOf(run.tenant, 'queued'),
    waiting: 'limit',
    attempt: run.attempt - 1 || null,
    startedAt: run.attempt > 1 ? run.startedAt : null,
    attemptStartedAt: null,
    ...noLease,
  };
  return updateRun(
    db,
    run,
    set,
    all(heldBy(lease.token), /* guard: run.release-claim.running */ equals('state', 'running')),
  );
}

/** Marks a queued run as one that waits for `reason` to go. */
export async function markWaiting(db: Db, ref: RunRef, reason: NonNullable<Run['waiting']>): Promise<RunUpdate> {
  return updateRun(db, ref, { waiting: reason }, /* guard: run.wait.queued */ all(queued, ready));
}

/** Ends the wait of a run; whoever succeeds sends its message. */
export async function endWaiting(
  db: Db,
  ref: RunRef,
  reason: NonNullable<Run['waiting']>,
  now: string,
): Promise<RunUpdate> {
  return updateRun(
    db,
    ref,
    { waiting: null, sentAt: now },
    // guard: run.wake.waiting
    all(queued, equals('waiting', reason)),
  );
}

/** Notes that a queued run's message is sent again, if nobody else did since `seen`. */
export async function markResent(db: Db, seen: Run, now: string): Promise<RunUpdate> {
  const set = { sentAt: now, resends: seen.resends + 1 };
  return updateRun(
    db,
    seen,
    set,
    all(queued, ready, /* guard: run.resend.once */ equalsOrAbsent('sentAt', seen.sentAt)),
  );
}

/** Cancels a run that nobody has claimed. */
export async function cancelQueued(
  db: Db,
  ref: RunRef,
  canceledBy: string,
  finishedAt: string,
  purgeAt: string,
): Promise<RunUpdate> {
  const set = {
    state: 'canceled',
    activeKey: activeKeyOf(ref.tenant, 'canceled'),
    canceledBy,
    finishedAt,
    purgeAt,
    ttl: ttlOf(purgeAt),
    waiting: null,
    dueAt: null,
  };
  return updateRun(db, ref, set, /* guard: run.cancel.queued */ queued);
}

/** Ends a run that no worker could claim: its message came to the dead-letter queue. */
export async function failQueued(db: Db, ref: RunRef, failure: Failure, finishedAt: string, purgeAt: string) {
  const set = {
    state: 'failed',
    activeKey: activeKeyOf(ref.tenant, 'failed'),
    ...failureFields(failure),
    finishedAt,
    purgeAt,
    ttl: ttlOf(purgeAt),
    waiting: null,
    dueAt: null,
  };
  return updateRun(db, ref, set, /* guard: run.fail-queued.queued */ queued);
}

/** Asks the worker of a running run to stop it; the tasks of a flow's, in the way of `stop`. */
export async function requestStop(
  db: Db,
  ref: RunRef,
  canceledBy: string,
  stop: Stop | null = null,
): Promise<RunUpdate> {
  const set = { state: 'stopping', activeKey: activeKeyOf(ref.tenant, 'stopping'), canceledBy, stop };
  return updateRun(db, ref, set, all(exists('pk'), /* guard: run.stop.running */ equals('state', 'running')));
}

/** Changes how a flow run that is being stopped is stopped; not of one that fails. */
export async function changeStop(db: Db, ref: RunRef, stop: Stop): Promise<RunUpdate> {
  return updateRun(db, ref, { stop }, all(exists('pk'), equals('state', 'stopping'), absent('failureKind')));
}

/**
 * Records that the splits of a flow run were dealt: from here on its tasks have leases, and the run has none. Why it was
 * not planned before is over.
 */
export async function markPlanned(db: Db, run: Run, flow: FlowDetails, lease: Lease): Promise<RunUpdate> {
  const set = { flow, ...noLease, ...failureFields(null) };
  return updateRun(db, run, set, all(/* guard: plan.mark.lease */ heldBy(lease.token), equals('state', 'running')));
}

const failureRequestFields = ({ tenant }: RunRef, failure: Failure) => ({
  state: 'stopping',
  activeKey: activeKeyOf(tenant, 'stopping'),
  ...failureFields(failure),
});
/** Planned, and neither ended nor asked to stop. */
const isAtWork = all(exists('pk'), /* guard: flow.fail.running */ equals('state', 'running'), absent('leaseToken'));

/** Asks the tasks of a flow run to stop, for the run is to fail: the first cause to come is the one that stays. */
export async function requestFailure(db: Db, ref: RunRef, failure: Failure): Promise<RunUpdate> {
  return updateRun(db, ref, failureRequestFields(ref, failure), isAtWork);
}

/** The same as a write of a transaction: for whoever stops a task by it, for a run is not to complete without one. */
export const failureRequestWrite = (db: Db, ref: RunRef, failure: Failure): Write => ({
  table: db.tables.runs,
  update: runKey(ref),
  changes: { set: { ...unmarked, ...failureRequestFields(ref, failure) } },
  condition: isAtWork,
});

/** Ends a flow run whose tasks have all ended: the one terminal transition. */
export async function finishFlowRun(
  db: Db,
  seen: Run,
  end: Omit<RunEnd, 'failure'> & { readonly flow: FlowDetails },
): Promise<RunUpdate> {
  const { late, executionMs, ...fields } = end;
  const set = {
    ...omitDefaults({ ...fields }),
    ...executionFields(executionMs),
    activeKey: activeKeyOf(seen.tenant, end.state),
    ttl: ttlOf(end.purgeAt),
  };
  return updateRun(
    db,
    seen,
    set,
    all(/* guard: flow.end.once */ equals('state', seen.state), absent('leaseToken')),
    latenessFields(end),
  );
}
