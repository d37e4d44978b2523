import type { Job } from '../domain/job.ts';
import type { JobState, LastRun, OverlapLock, RunPointer, TickDecision } from '../domain/job-state.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, getMany, type Item, query, update } from './db.ts';
import { absent, all, any, atMost, beginsWith, below, equals, equalsOrAbsent } from './expression.ts';
import { JOB_PREFIXES, type JobRef, stateKey } from './keys.ts';

/** Attributes are flat: each is changed, and made a condition, on its own. */
interface StateItem {
  readonly incarnation: string;
  readonly runNumber: number;
  readonly lockUlid?: string;
  readonly lockNumber: number;
  readonly lockSince: string;
  readonly nextUlid?: string;
  readonly nextNumber: number;
  readonly decidedUlid?: string;
  readonly decidedNumber: number;
  readonly decidedSkipped?: TickDecision['skipped'];
  /** The decisions before that one, the newest first: `ulid#number#reason`. */
  readonly decidedBefore?: readonly string[];
  readonly ticksThrough?: string;
  readonly newestUlid?: string;
  readonly newestNumber: number;
  readonly lastUlid?: string;
  readonly lastNumber: number;
  readonly lastState: LastRun['state'];
  readonly lastTimedOut?: boolean;
  readonly lastStartedAt?: string;
}

function toState(item: Item): JobState {
  const s = item as unknown as StateItem;
  return {
    incarnation: s.incarnation,
    runNumber: s.runNumber,
    lock: s.lockUlid ? { ulid: s.lockUlid, number: s.lockNumber, since: s.lockSince } : null,
    waitingRun: s.nextUlid ? { ulid: s.nextUlid, number: s.nextNumber } : null,
    decisions: s.decidedUlid
      ? [
          { ulid: s.decidedUlid, number: s.decidedNumber, skipped: s.decidedSkipped ?? null },
          ...(s.decidedBefore ?? []).map(parseDecision),
        ]
      : [],
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
  };
}

/**
 * Decisions that are remembered beside the newest. More than a few about one job while one of its deciders is between
 * its two writes are not to be expected, and the row has to stay below a kilobyte.
 */
const MAX_EARLIER_DECISIONS = 5;

const formatDecision = ({ ulid, number, skipped }: TickDecision): string => `${ulid}#${number}#${skipped ?? ''}`;

function parseDecision(text: string): TickDecision {
  const [ulid = '', number, skipped] = text.split('#');
  return { ulid, number: Number(number), skipped: (skipped || null) as TickDecision['skipped'] };
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
  return item && toState(item);
}

/** The states of all jobs of the tenant, by job id. */
export async function listJobStates(db: Db, tenant: TenantId): Promise<Map<string, JobState>> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.state));
  const items = await query(db, db.tables.jobs, key);
  return new Map(items.map((item) => [(item.sk as string).slice(JOB_PREFIXES.state.length), toState(item)]));
}

/** The incarnations of these jobs, by job id, read consistently; of a job that is gone there is none. */
export async function getIncarnations(
  db: Db,
  tenant: TenantId,
  jobIds: readonly string[],
): Promise<Map<string, string>> {
  const items = await getMany(
    db,
    jobIds.map((jobId) => ({ table: db.tables.jobs, key: stateKey(tenant, jobId) })),
  );
  return new Map(items.flatMap((item, i) => (item ? [[jobIds[i] ?? '', item.incarnation as string]] : [])));
}

/** What one decision changes of a job's state. What is undefined stays. */
export interface JobStateChange {
  readonly decision?: TickDecision;
  readonly lock?: OverlapLock | null;
  readonly waitingRun?: RunPointer | null;
  readonly newestRun?: RunPointer;
  readonly ticksThrough?: string;
  readonly lastRun?: LastRun;
}

/**
 * Changes a state if its run number, lock and waiting run are still as `seen`: decisions about one job are made one
 * after the other. False when they are not, or the job is no longer of that incarnation.
 */
export async function updateJobState(
  db: Db,
  job: JobRef | Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  seen: JobState,
  change: JobStateChange,
): Promise<boolean> {
  const { decision: decided, lock, waitingRun: next, newestRun: newest, ticksThrough, lastRun: last } = change;
  const set = {
    ...(decided && {
      runNumber: Math.max(seen.runNumber, decided.number),
      decidedUlid: decided.ulid,
      decidedNumber: decided.number,
      decidedSkipped: decided.skipped,
      decidedBefore: seen.decisions
        .slice(0, /* guard: tick.decided.earlier */ MAX_EARLIER_DECISIONS)
        .map(formatDecision),
    }),
    ...(lock !== undefined && lockFields(lock)),
    ...(next !== undefined && nextFields(next)),
    ...(newest && { newestUlid: newest.ulid, newestNumber: newest.number }),
    ...(ticksThrough !== undefined && { ticksThrough }),
    ...(last && lastFields(last)),
  };
  const unchanged = all(
    equals('incarnation', seen.incarnation),
    // guard: state.run-number
    equals('runNumber', seen.runNumber),
    // guard: state.lock
    equalsOrAbsent('lockUlid', seen.lock?.ulid),
    equalsOrAbsent('nextUlid', seen.waitingRun?.ulid),
  );
  const jobId = 'jobId' in job ? job.jobId : job.id;
  return (await update(db, db.tables.jobs, stateKey(job.tenant, jobId), { set }, unchanged)).ok;
}

export type LockRelease =
  /** The lock is free, or it was not this run's to free. */
  | { readonly handedTo: null }
  /** The run that waited holds it now and is to be woken. */
  | { readonly handedTo: RunPointer };

/**
 * Records the end of a run and frees the lock it holds, or hands it to the run that waits; moves the mark of ticks that
 * have rows when `ticksThrough` is given. One write; two when a run waits, or when the lock is not this run's (policy `allow` changed, or taken over). Does nothing when done before.
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
  );
  const set = { ...lockFields(null), ...lastFields(last), ticksThrough };
  const freed = await update(db, db.tables.jobs, stateKey(job.tenant, job.jobId), { set }, mine);
  if (freed.ok || !freed.item) return { handedTo: null };
  const seen = toState(freed.item);
  if (seen.incarnation !== job.incarnation) return { handedTo: null };
  if (seen.waitingRun?.ulid === last.ulid) {
    // It waited for the lock and ended before it got it.
    const left = await updateJobState(db, job, seen, { waitingRun: null, lastRun: last });
    return left ? { handedTo: null } : releaseLock(db, job, last, now);
  }
  if (seen.lock?.ulid !== last.ulid || !seen.waitingRun) {
    await recordLastRun(db, job, last);
    return { handedTo: null };
  }
  const lock = { ...seen.waitingRun, since: now };
  const handed = await updateJobState(db, job, seen, { lock, waitingRun: null, lastRun: last });
  return handed ? { handedTo: seen.waitingRun } : /* guard: lock.transfer.retry */ releaseLock(db, job, last, now);
}

/** Records the end of a run that holds no lock, unless a newer run's is recorded. */
export async function recordLastRun(db: Db, job: JobRef, last: LastRun): Promise<void> {
  const same = equals('incarnation', job.incarnation);
  const newest = any(absent('lastNumber'), atMost('lastNumber', last.number));
  await update(
    db,
    db.tables.jobs,
    stateKey(job.tenant, job.jobId),
    { set: lastFields(last) },
    all(same, /* guard: state.last-run.newest */ newest),
  );
}

/** Moves the mark up to which every tick has a row; never back. */
export async function advanceTickWatermark(db: Db, job: Pick<Job, 'tenant' | 'id' | 'incarnation'>, through: string) {
  const forward = any(absent('ticksThrough'), below('ticksThrough', through));
  const key = stateKey(job.tenant, job.id);
  const same = equals('incarnation', job.incarnation);
  await update(
    db,
    db.tables.jobs,
    key,
    { set: { ticksThrough: through } },
    all(same, /* guard: state.ticks.forward */ forward),
  );
}
