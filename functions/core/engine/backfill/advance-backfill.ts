import {
  type Backfill,
  type BackfillOutcome,
  type BackfillRef,
  backfillRunUlid,
  isBackfillOver,
  MAX_BACKFILL_DAYS,
  stepBackfill,
} from '../../domain/backfill.ts';
import type { Job } from '../../domain/job.ts';
import { tickOptions } from '../../domain/job-timetable.ts';
import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import { DAY_MS, purgeTime } from '../../domain/timing.ts';
import { findReachedLimit } from '../../domain/usage.ts';
import type { Platform } from '../../platform/platform.ts';
import {
  type BackfillWithTicks,
  closeBackfill,
  getBackfillInput,
  getBackfillWithTicks,
  replaceBackfill,
} from '../../store/backfills.ts';
import { getJob } from '../../store/jobs.ts';
import { getLimits } from '../../store/limits.ts';
import { getRuns } from '../../store/runs.ts';
import { CANCELED_BY_JOB_DELETION, cancelRun } from '../finalize/cancel-run.ts';
import { readDates } from '../start/read-dates.ts';
import { readStartContext, type StartContext } from '../start/start-context.ts';
import { startRun } from '../start/start-run.ts';

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
    await closeBackfill(db, seen);
    return seen;
  }
  const job = await getJob(db, seen.tenant, seen.jobId);
  const current = endIfOrphaned(seen, job, now());
  const rows = await readRows(platform, current, ticks);
  const context = await readStartContext(platform, seen.tenant, seen.jobId);
  const mayStart = job?.enabled === true && maySpend(context);
  const outcomes = new Map([...rows].map(([index, { outcome }]) => [index, outcome]));
  const { next, start } = stepBackfill(current, outcomes, { mayStart, now: now() });
  const isOver = isBackfillOver(next);
  const expiring = isOver ? { ...next, purgeAt: await purgeTimeOf(platform, next) } : next;
  const stored = expiring === seen ? seen : await replaceBackfill(db, seen, expiring);
  if (!stored) return undefined;
  if (isOver) {
    await closeBackfill(db, stored);
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

/** @returns `false` while a limit of the tenant is used up, or the tenant is being deleted */
const maySpend = ({ limits, usage }: StartContext): boolean =>
  !limits.tombstonedAt && /* guard: backfill.limits */ !findReachedLimit(limits, usage);

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
  const runs = await getRuns(
    db,
    ulids.map((ulid) => ({ ...job, ulid })),
  );
  return new Map(
    active.map((index, i) => {
      const run = runs[i];
      return [index, { ref: { ...job, ulid: ulids[i] ?? '' }, outcome: run ? outcomeOf(run) : 'missing', run }];
    }),
  );
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

/** Starts the run of a tick. */
async function startTickRun(
  platform: Platform,
  job: Job,
  backfill: Backfill,
  index: number,
  tick: string,
  context: StartContext,
): Promise<void> {
  const { id, tags, note } = backfill;
  // As that of the tick, unless the request has another.
  const input = {
    ...tickOptions(job, tick, await readDates(platform.db, job)).input,
    ...(await getBackfillInput(platform.db, backfill)),
  };
  const request = {
    job,
    ulid: backfillRunUlid(backfill, index, tick),
    trigger: 'manual',
    scheduledAt: null,
    backfill: { id, scheduledAt: tick },
    options: { input: Object.keys(input).length > 0 ? input : null, tags, note },
  } as const;
  await startRun(platform, request, context);
}
