import {
  type Backfill,
  type BackfillOutcome,
  type BackfillRef,
  backfillRunUlid,
  backfillSlots,
  isBackfillOver,
  MAX_BACKFILL_DAYS,
  stepBackfill,
} from '../../domain/backfill.ts';
import type { Job } from '../../domain/job.ts';
import { tickOptions } from '../../domain/job-timetable.ts';
import { findPause } from '../../domain/pause.ts';
import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import { NO_OPTIONS } from '../../domain/run-input.ts';
import { DAY_MS, purgeTime } from '../../domain/timing.ts';
import { findReachedLimit } from '../../domain/usage.ts';
import type { Platform } from '../../platform/platform.ts';
import {
  type BackfillWithTicks,
  closeBackfill,
  getBackfill,
  getBackfillInput,
  getBackfillWithTicks,
  listOpenBackfills,
  replaceBackfill,
} from '../../store/backfills.ts';
import type { Db } from '../../store/db.ts';
import { getJob } from '../../store/jobs.ts';
import type { JobRef } from '../../store/keys.ts';
import { getLimits } from '../../store/limits.ts';
import { getRuns, getTickRows } from '../../store/runs.ts';
import { CANCELED_BY_JOB_DELETION, cancelRun } from '../finalize/cancel-run.ts';
import { readDates } from '../start/read-dates.ts';
import { readStartContext, type StartContext } from '../start/start-context.ts';
import { type RunRequest, startRun } from '../start/start-run.ts';
import { requestAdvance } from './request-advance.ts';

/** Attempts at a step while other processes advance the same backfill. */
const MAX_ATTEMPTS = 5;

/** Value of `canceledBy` for a backfill that has not ended within a year. */
const CANCELED_BY_AGE = `age: ${MAX_BACKFILL_DAYS} days`;

/**
 * Advances a backfill: counts the ended runs, stores which ticks are next, then starts their runs. The ids of the runs
 * derive from the ticks, so that a repeated start has no effect. After a crash between the two writes a later step, of the
 * sweep at the latest, starts the runs that have no row.
 *
 * A step is conditional on the backfill as read, so that an ended run is counted once, however many processes advance it.
 *
 * @returns the backfill after the step, or `undefined` if it does not exist
 * @throws Error after repeated conflicts with concurrent steps
 */
export async function advanceBackfill(platform: Platform, ref: BackfillRef): Promise<Backfill | undefined> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const read = await getBackfillWithTicks(platform.db, ref);
    if (!read) return undefined;
    const advanced = await tryAdvance(platform, read);
    if (advanced) return advanced;
  }
  throw new Error(`backfill ${ref.id}: no step in ${MAX_ATTEMPTS} tries`);
}

/** @returns `undefined` if the backfill has changed since it was read */
async function tryAdvance(
  platform: Platform,
  { backfill: seen, ticks }: BackfillWithTicks,
): Promise<Backfill | undefined> {
  const { db, now } = platform;
  if (isBackfillOver(seen) || !ticks) {
    await close(platform, seen);
    return seen;
  }
  const job = await getJob(db, seen.tenant, seen.jobId);
  const current = endIfOrphaned(seen, job, now());
  const rows = await readRows(platform, current, ticks);
  const context = await readStartContext(platform, seen.tenant, seen.jobId);
  const mayStart = job?.enabled === true && (await mayStartNow(platform, current, context));
  const outcomes = new Map([...rows].map(([index, { outcome }]) => [index, outcome]));
  const isWaiting = /* guard: backfill.slots.waiting */ [...rows.values()].some(({ run }) => run?.waiting === 'limit');
  const others = mayStart && current.state === 'running' ? await listOtherRunning(platform, current) : [];
  const slots = backfillSlots(context.limits.concurrentRuns, isWaiting, /* guard: backfill.slots.others */ others);
  const { next, start } = stepBackfill(current, outcomes, { mayStart, slots, now: now() });
  const isOver = isBackfillOver(next);
  const expiring = isOver ? { ...next, purgeAt: await purgeTimeOf(platform, next) } : next;
  const stored = expiring === seen ? seen : await replaceBackfill(db, seen, expiring);
  if (!stored) return undefined;
  if (isOver) {
    await close(platform, stored);
    return stored;
  }
  if (stored.state === 'canceled') await cancelActive(platform, stored, rows);
  let known = context;
  for (const index of job ? start : []) {
    await startTickRun(platform, job as Job, stored, index, ticks[index] ?? '', known);
    // The start has changed the state of the job.
    known = { ...context, state: undefined };
  }
  return stored;
}

/** Returns the backfill as canceled if its job was deleted, or if it has lasted for too long. */
function endIfOrphaned(backfill: Backfill, job: Job | undefined, now: number): Backfill {
  if (backfill.state === 'canceled') return backfill;
  const isDeleted = /* guard: backfill.job-deleted */ job?.incarnation !== backfill.incarnation;
  const isTooOld = now - Date.parse(backfill.createdAt) > MAX_BACKFILL_DAYS * DAY_MS;
  if (!isDeleted && !isTooOld) return backfill;
  const at = new Date(now).toISOString();
  const canceledBy = isDeleted ? CANCELED_BY_JOB_DELETION : CANCELED_BY_AGE;
  return { ...backfill, state: 'canceled', canceledBy, finishedAt: at, updatedAt: at };
}

/**
 * @returns `false` while a limit of the tenant is used up, or the tenant is being deleted; for a catch-up also while its
 * job is paused, or an earlier catch-up of the job is not over
 */
async function mayStartNow(
  platform: Platform,
  backfill: Backfill,
  { limits, usage, state }: StartContext,
): Promise<boolean> {
  if (limits.tombstonedAt || /* guard: backfill.limits */ findReachedLimit(limits, usage)) return false;
  if (backfill.cause !== 'catch_up') return true;
  if (findPause(state?.pauses ?? [], new Date(platform.now()).toISOString())) return false;
  if (backfill.position > 0) return true;
  const [first] = await listOpenCatchUps(platform, backfill);
  return /* guard: catch-up.one */ first === undefined || first.id === backfill.id;
}

/** Lists the other backfills of the tenant that start runs. */
async function listOtherRunning({ db, now }: Platform, { tenant, id }: Backfill): Promise<readonly Backfill[]> {
  const others = (await listOpenBackfills(db, tenant)).filter((ref) => ref.id !== id);
  const read = await Promise.all(others.map((ref) => getBackfill(db, ref, now())));
  return read.filter((other) => other?.state === 'running') as Backfill[];
}

/** Lists the open backfills that catch up for the job of a backfill, oldest ticks first. */
async function listOpenCatchUps({ db }: Platform, { tenant, jobId, incarnation }: BackfillRef): Promise<BackfillRef[]> {
  const open = await listOpenBackfills(db, tenant, { tenant, jobId, incarnation });
  const read = await Promise.all(open.map((ref) => getBackfillWithTicks(db, ref)));
  return open.filter((_, i) => read[i]?.backfill.cause === 'catch_up');
}

/** Removes what the backfill needs no more, and requests the next catch-up of the job. */
async function close(platform: Platform, backfill: Backfill): Promise<void> {
  await closeBackfill(platform.db, backfill);
  if (backfill.cause !== 'catch_up') return;
  const [next] = await listOpenCatchUps(platform, backfill);
  if (next) await requestAdvance(platform, next, next.id);
}

interface ActiveRow {
  readonly ref: RunRef;
  readonly outcome: BackfillOutcome;
  readonly run: Run | undefined;
}

/** Reads the rows of the active ticks, by index. */
async function readRows(
  { db }: Platform,
  backfill: Backfill,
  ticks: readonly string[],
): Promise<ReadonlyMap<number, ActiveRow>> {
  const { tenant, jobId, incarnation, active } = backfill;
  const job = { tenant, jobId, incarnation };
  const ulids = active.map((index) => backfillRunUlid(backfill, index, ticks[index] ?? ''));
  const rows = await readTicks(db, backfill, job, ulids);
  return new Map(
    active.map((index, i) => {
      const row = rows[i];
      const outcome = row?.run ? outcomeOf(row.run) : row ? 'skipped' : 'missing';
      return [index, { ref: { ...job, ulid: ulids[i] ?? '' }, outcome, run: row?.run }];
    }),
  );
}

/** Reads the rows of ticks; only a tick that is made up may have been skipped. */
async function readTicks(
  db: Db,
  { cause }: Backfill,
  job: JobRef,
  ulids: readonly string[],
): Promise<readonly ({ readonly run?: Run } | undefined)[]> {
  if (cause === 'catch_up') return getTickRows(db, job, ulids);
  const runs = await getRuns(
    db,
    ulids.map((ulid) => ({ ...job, ulid })),
  );
  return runs.map((run) => run && { run });
}

function outcomeOf({ state }: Run): BackfillOutcome {
  if (!isTerminal(state)) return 'active';
  return state === 'completed' ? 'done' : state;
}

async function purgeTimeOf({ db, now, defaultLimits }: Platform, { tenant }: Backfill): Promise<string> {
  const { retentionDays } = await getLimits(db, tenant, defaultLimits);
  return purgeTime(now(), retentionDays);
}

async function cancelActive(
  platform: Platform,
  { canceledBy }: Backfill,
  rows: ReadonlyMap<number, ActiveRow>,
): Promise<void> {
  for (const { ref, run } of rows.values()) {
    if (run && !isTerminal(run.state) && run.state !== 'stopping') await cancelRun(platform, ref, canceledBy ?? '');
  }
}

/** Starts the run of a tick, unless a tick that is made up has a row. */
async function startTickRun(
  platform: Platform,
  job: Job,
  backfill: Backfill,
  index: number,
  tick: string,
  context: StartContext,
): Promise<void> {
  const { tenant, jobId, incarnation, id, cause, tags, note } = backfill;
  const ulid = backfillRunUlid(backfill, index, tick);
  const isMadeUp = cause === 'catch_up';
  if (isMadeUp) {
    const [row] = await getTickRows(platform.db, { tenant, jobId, incarnation }, [ulid]);
    // A late message of the scheduler came first.
    if (row) {
      await requestAdvance(platform, backfill, id);
      return;
    }
  }
  // As that of the tick, unless the request has another.
  const input = {
    ...tickOptions(job, tick, await readDates(platform.db, job)).input,
    ...(await getBackfillInput(platform.db, backfill)),
  };
  const request: RunRequest = {
    job,
    ulid,
    trigger: isMadeUp ? 'schedule' : 'manual',
    scheduledAt: isMadeUp ? tick : null,
    backfill: { id, scheduledAt: tick },
    options: { ...NO_OPTIONS, input: Object.keys(input).length > 0 ? input : null, tags, note },
  };
  const { kind } = await startRun(platform, request, context);
  if (kind === 'skipped') await requestAdvance(platform, backfill, id);
}
