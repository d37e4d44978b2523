import type { Job } from '../domain/job.ts';
import type { JobState, LastRun, OverlapLock, RunPointer, TickDecision } from '../domain/job-state.ts';
import type { Pause } from '../domain/pause.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, getMany, type Item, query, update } from './db.ts';
import {
  above,
  absent,
  all,
  any,
  atMost,
  beginsWith,
  below,
  type Clause,
  equals,
  equalsOrAbsent,
} from './expression.ts';
import { JOB_PREFIXES, type JobRef, stateKey } from './keys.ts';

/** Attributes are flat, so that each can be changed and used in conditions on its own. */
interface StateItem {
  readonly incarnation: string;
  /** Number of jobs that start after runs of this one. */
  readonly followers?: number;
  readonly runNumber: number;
  readonly lockUlid?: string;
  readonly lockNumber: number;
  readonly lockSince: string;
  readonly nextUlid?: string;
  readonly nextNumber: number;
  readonly decidedUlid?: string;
  readonly decidedNumber: number;
  readonly decidedSkipped?: TickDecision['skipped'];
  /** Earlier decisions, newest first, as `ulid#number#reason`. */
  readonly decidedBefore?: readonly string[];
  readonly ticksThrough?: string;
  readonly newestTick?: string;
  readonly newestUlid?: string;
  readonly newestNumber: number;
  readonly lastUlid?: string;
  readonly lastNumber: number;
  readonly lastState: LastRun['state'];
  readonly lastTimedOut?: boolean;
  readonly lastStartedAt?: string;
  readonly hasLateRuns?: true;
  /** Pauses as `from/until`, separated by spaces. */
  readonly pauses?: string;
}

export function toJobState(item: Item): JobState {
  const s = item as unknown as StateItem;
  return {
    incarnation: s.incarnation,
    followed: (s.followers ?? 0) > 0,
    runNumber: s.runNumber,
    lock: s.lockUlid ? { ulid: s.lockUlid, number: s.lockNumber, since: s.lockSince } : null,
    waitingRun: s.nextUlid ? { ulid: s.nextUlid, number: s.nextNumber } : null,
    decisions: s.decidedUlid
      ? [
          { ulid: s.decidedUlid, number: s.decidedNumber, skipped: s.decidedSkipped ?? null },
          ...(s.decidedBefore ?? []).map(parseDecision),
        ]
      : [],
    newestTick: s.newestTick ?? null,
    ticksThrough: s.ticksThrough ?? null,
    newestRun: s.newestUlid ? { ulid: s.newestUlid, number: s.newestNumber } : null,
    lastRun: s.lastUlid
      ? {
          ulid: s.lastUlid,
          number: s.lastNumber,
          state: s.lastState,
          timedOut: s.lastTimedOut === true,
          startedAt: s.lastStartedAt ?? null,
        }
      : null,
    hasLateRuns: s.hasLateRuns === true,
    pauses: s.pauses?.split(' ').map(parsePause) ?? [],
  };
}

/**
 * Number of decisions stored besides the newest. More than a few are not expected between the two writes of one
 * dispatcher, and the row must stay below a kilobyte.
 */
const MAX_EARLIER_DECISIONS = 5;

const formatDecision = ({ ulid, number, skipped }: TickDecision): string => `${ulid}#${number}#${skipped ?? ''}`;

function parseDecision(text: string): TickDecision {
  const [ulid = '', number, skipped] = text.split('#');
  return { ulid, number: Number(number), skipped: (skipped || null) as TickDecision['skipped'] };
}

const formatPauses = (pauses: readonly Pause[]): string | null =>
  pauses.length > 0 ? pauses.map(({ from, until }) => `${from}/${until ?? ''}`).join(' ') : null;

function parsePause(text: string): Pause {
  const [from = '', until] = text.split('/');
  return { from, until: until || null };
}

const lockFields = (lock: OverlapLock | null) => ({
  lockUlid: lock?.ulid ?? null,
  lockNumber: lock?.number ?? null,
  lockSince: lock?.since ?? null,
});
const nextFields = (next: RunPointer | null) => ({ nextUlid: next?.ulid ?? null, nextNumber: next?.number ?? null });
const lastFields = (last: LastRun) => ({
  lastUlid: last.ulid,
  lastNumber: last.number,
  lastState: last.state,
  lastTimedOut: last.timedOut || null,
  lastStartedAt: last.startedAt,
});

export async function getJobState(db: Db, tenant: TenantId, jobId: string): Promise<JobState | undefined> {
  const item = await get(db, db.tables.jobs, stateKey(tenant, jobId));
  return item && toJobState(item);
}

/** Returns the states of all jobs of the tenant, by job id. */
export async function listJobStates(db: Db, tenant: TenantId): Promise<Map<string, JobState>> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.state));
  const items = await query(db, db.tables.jobs, key);
  return new Map(items.map((item) => [(item.sk as string).slice(JOB_PREFIXES.state.length), toJobState(item)]));
}

/** Returns the states of the jobs by job id, read consistently; a deleted job has no entry. */
export async function getJobStates(
  db: Db,
  tenant: TenantId,
  jobIds: readonly string[],
): Promise<Map<string, JobState>> {
  const keys = jobIds.map((jobId) => ({ table: db.tables.jobs, key: stateKey(tenant, jobId) }));
  const items = await getMany(db, keys);
  return new Map(items.flatMap((item, i) => (item ? [[jobIds[i] ?? '', toJobState(item)]] : [])));
}

/** Returns the incarnations of the jobs by job id, read consistently; a deleted job has no entry. */
export async function getIncarnations(
  db: Db,
  tenant: TenantId,
  jobIds: readonly string[],
): Promise<Map<string, string>> {
  const states = await getJobStates(db, tenant, jobIds);
  return new Map([...states].map(([jobId, { incarnation }]) => [jobId, incarnation]));
}

/** The changes of a job's state by one decision; undefined fields are unchanged. */
export interface JobStateChange {
  readonly decision?: TickDecision;
  /** Number of a new run about which nothing is decided yet. */
  readonly runNumber?: number;
  /**
   * ULID of a new run that takes the number after the last one at the time of the write. No repeat finds this decision. Excludes
   * `decision`, `runNumber` and `newestRun`.
   */
  readonly countedRun?: string;
  /** Scheduled time of the decided tick, ISO 8601. */
  readonly tick?: string;
  readonly lock?: OverlapLock | null;
  readonly waitingRun?: RunPointer | null;
  readonly newestRun?: RunPointer;
  readonly ticksThrough?: string;
  readonly lastRun?: LastRun;
  readonly hasLateRuns?: true;
}

export type StateUpdate =
  | { readonly ok: true; readonly runNumber: number }
  /** The write was rejected. `current` is the state at that time, or `undefined` if the job is deleted. */
  | { readonly ok: false; readonly current: JobState | undefined };

/**
 * Changes a state like {@link changeJobState}.
 *
 * @returns `false` if the state has changed or the job has another incarnation
 */
export async function updateJobState(
  db: Db,
  job: JobRef | Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  seen: JobState,
  change: JobStateChange,
): Promise<boolean> {
  return (await changeJobState(db, job, seen, change)).ok;
}

/**
 * Changes a state if its run number, its lock with the time of acquisition, its waiting run and its pauses are unchanged since it was read, so that decisions on one job
 * are serialized. The number may have changed for a counted run. A new tick watermark depends on the one that was read. The last run is stored unless the end of a newer
 * run is. Nothing is changed if the job has another incarnation.
 */
export async function changeJobState(
  db: Db,
  job: JobRef | Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  seen: JobState,
  change: JobStateChange,
): Promise<StateUpdate> {
  const { decision: decided, tick, lock, waitingRun: next, newestRun: newest, ticksThrough } = change;
  const isNewer =
    /* guard: state.last-run.as-read */ !seen.lastRun || seen.lastRun.number <= (change.lastRun?.number ?? 0);
  const last = isNewer ? change.lastRun : undefined;
  const set = {
    ...(change.runNumber !== undefined && { runNumber: change.runNumber }),
    ...(decided && {
      runNumber: Math.max(seen.runNumber, decided.number),
      decidedUlid: decided.ulid,
      decidedNumber: decided.number,
      decidedSkipped: decided.skipped,
      decidedBefore: seen.decisions
        .slice(0, /* guard: tick.decided.earlier */ MAX_EARLIER_DECISIONS)
        .map(formatDecision),
    }),
    ...(tick !== undefined && tick > (seen.newestTick ?? '') && { newestTick: tick }),
    ...(lock !== undefined && lockFields(lock)),
    ...(next !== undefined && nextFields(next)),
    ...(change.countedRun !== undefined && { newestUlid: change.countedRun }),
    ...(newest && { newestUlid: newest.ulid, newestNumber: newest.number }),
    ...(ticksThrough !== undefined && { ticksThrough }),
    ...(last && lastFields(last)),
    ...(change.hasLateRuns && { hasLateRuns: true }),
  };
  const unchanged = all(
    equals('incarnation', seen.incarnation),
    // guard: state.run-number
    ...(change.countedRun === undefined ? [equals('runNumber', seen.runNumber)] : []),
    // guard: state.lock
    isLockAsRead(seen),
    equalsOrAbsent('nextUlid', seen.waitingRun?.ulid),
    // A run that starts after a dependency was defined is marked.
    /* guard: state.followed.as-read */ isFollowed(seen.followed),
    // guard: state.pauses
    equalsOrAbsent('pauses', formatPauses(seen.pauses)),
    // guard: state.ticks.as-read
    ...(ticksThrough === undefined ? [] : [equalsOrAbsent('ticksThrough', seen.ticksThrough ?? undefined)]),
    // guard: state.last-run.meanwhile
    ...(last ? [isNewestRun(last)] : []),
  );
  const jobId = 'jobId' in job ? job.jobId : job.id;
  const following = { of: 'runNumber', plus: 1 };
  const changes =
    change.countedRun === undefined ? { set } : { set, setSum: { runNumber: following, newestNumber: following } };
  const updated = await update(db, db.tables.jobs, stateKey(job.tenant, jobId), changes, unchanged);
  const state = updated.item && toJobState(updated.item);
  return updated.ok ? { ok: true, runNumber: state?.runNumber ?? 0 } : { ok: false, current: state };
}

/** Matches the state of a job whose lock was neither acquired nor renewed since it was read. */
const isLockAsRead = ({ lock }: JobState): Clause =>
  all(equalsOrAbsent('lockUlid', lock?.ulid), /* guard: state.lock-since */ equalsOrAbsent('lockSince', lock?.since));

/** Matches the state of a job on which other jobs depend, or on which none does. */
const isFollowed = (followed: boolean): Clause => (followed ? above('followers', 0) : isUnfollowed);
export const isUnfollowed: Clause = any(absent('followers'), atMost('followers', 0));

/** Matches the state of a job of which no newer run's end is recorded. */
const isNewestRun = ({ number }: LastRun): Clause => any(absent('lastNumber'), atMost('lastNumber', number));

/** Matches the state of a job whose tick watermark is before this time. */
const isForward = (ticksThrough: string): Clause => any(absent('ticksThrough'), below('ticksThrough', ticksThrough));

export type LockRelease =
  /** The lock is free, or was not held by the run. */
  | { readonly transferredTo: null }
  /** The waiting run holds the lock now; the caller must send its message. */
  | { readonly transferredTo: RunPointer };

/**
 * Records the end of a run and frees its lock, or transfers the lock to the waiting run; advances the tick watermark if
 * `ticksThrough` is given and later. Takes one write, or two if a run is waiting, a newer run has ended, the watermark was
 * advanced meanwhile, or the run does not hold the lock (after a change of policy or a takeover). Idempotent.
 */
export async function releaseLock(
  db: Db,
  job: JobRef,
  last: LastRun,
  now: string,
  ticksThrough?: string,
): Promise<LockRelease> {
  const mine = all(
    equals('incarnation', job.incarnation),
    // guard: lock.release.own
    equals('lockUlid', last.ulid),
    absent('nextUlid'),
    // guard: lock.release.newest
    isNewestRun(last),
    // guard: lock.release.ticks
    ...(ticksThrough === undefined ? [] : [isForward(ticksThrough)]),
  );
  const set = { ...lockFields(null), ...lastFields(last), ticksThrough };
  const freed = await update(db, db.tables.jobs, stateKey(job.tenant, job.jobId), { set }, mine);
  if (freed.ok || !freed.item) return { transferredTo: null };
  const seen = toJobState(freed.item);
  if (seen.incarnation !== job.incarnation) return { transferredTo: null };
  if (seen.waitingRun?.ulid === last.ulid) {
    // The run waited for the lock and ended before it received it.
    const left = await updateJobState(db, job, seen, { waitingRun: null, lastRun: last });
    return left ? { transferredTo: null } : releaseLock(db, job, last, now);
  }
  if (seen.lock?.ulid !== last.ulid) {
    // A delayed run that was canceled before its start would hide the run that was last.
    const hasStarted = last.startedAt !== null || last.state !== 'canceled';
    if (/* guard: state.last-run.started */ hasStarted) await recordLastRun(db, job, last);
    return { transferredTo: null };
  }
  const lock = seen.waitingRun && { ...seen.waitingRun, since: now };
  const transferred = await updateJobState(db, job, seen, { lock, waitingRun: null, lastRun: last });
  return transferred
    ? { transferredTo: seen.waitingRun }
    : /* guard: lock.transfer.retry */ releaseLock(db, job, last, now);
}

/** Records the end of a run that holds no lock, unless a newer run's end is recorded. */
export async function recordLastRun(db: Db, job: JobRef, last: LastRun): Promise<void> {
  const same = equals('incarnation', job.incarnation);
  await update(
    db,
    db.tables.jobs,
    stateKey(job.tenant, job.jobId),
    { set: lastFields(last) },
    all(same, /* guard: state.last-run.newest */ isNewestRun(last)),
  );
}

/**
 * Records the end of a run that took no lock in one write, unless a newer run's end is recorded.
 *
 * @returns `false` if the job's lock or waiting place is taken, so that the end is to be recorded by {@link releaseLock}
 */
export async function recordEndWithoutLock(db: Db, job: JobRef, last: LastRun): Promise<boolean> {
  const isUnlocked = all(
    equals('incarnation', job.incarnation),
    // guard: lock.unused
    absent('lockUlid'),
    absent('nextUlid'),
    isNewestRun(last),
  );
  const set = lastFields(last);
  const recorded = await update(db, db.tables.jobs, stateKey(job.tenant, job.jobId), { set }, isUnlocked);
  if (recorded.ok || !recorded.item) return true;
  const { lock, waitingRun, incarnation } = toJobState(recorded.item);
  return incarnation !== job.incarnation || (lock === null && waitingRun === null);
}

/**
 * Stores the pauses of a job.
 *
 * @returns `false` if they have changed since the state was read, or the job has another incarnation
 */
export async function putPauses(
  db: Db,
  job: Pick<Job, 'tenant' | 'id'>,
  seen: JobState,
  pauses: readonly Pause[],
): Promise<boolean> {
  const unchanged = all(equals('incarnation', seen.incarnation), equalsOrAbsent('pauses', formatPauses(seen.pauses)));
  const set = { pauses: formatPauses(pauses) };
  return (await update(db, db.tables.jobs, stateKey(job.tenant, job.id), { set }, unchanged)).ok;
}

/** Advances the tick watermark, up to which every tick has a row; never moves it back. */
export async function advanceTickWatermark(db: Db, job: Pick<Job, 'tenant' | 'id' | 'incarnation'>, through: string) {
  const key = stateKey(job.tenant, job.id);
  const same = equals('incarnation', job.incarnation);
  await update(
    db,
    db.tables.jobs,
    key,
    { set: { ticksThrough: through } },
    all(same, /* guard: state.ticks.forward */ isForward(through)),
  );
}
