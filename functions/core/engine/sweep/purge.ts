import { mayHaveStoredAttempts } from '../../domain/attempt.ts';
import { NextSweep } from '../../domain/next-sweep.ts';
import { durationOf, type Run, type SkippedTick } from '../../domain/run.ts';
import { hiddenFrom } from '../../domain/run-removal.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { LIVE_OUTPUT_DELAY_MS, MINUTE_MS, RUN_CREATION_GRACE_MS } from '../../domain/timing.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { removeChildren } from '../../store/children.ts';
import { removeMany } from '../../store/db.ts';
import { type DeletedJob, listDeletedJobs, removeDeletedJob } from '../../store/deleted-jobs.ts';
import { removeRunWithErrors } from '../../store/error-work.ts';
import { removeFlowCursors } from '../../store/flow-cursors.ts';
import { removeFormerJobs } from '../../store/former-jobs.ts';
import { type JobRef, type Key, RUN_PREFIXES, runFolder, runKey, skippedKey } from '../../store/keys.ts';
import { removeRecords } from '../../store/output.ts';
import { removeReadObjects } from '../../store/read-objects.ts';
import { isPurgeDue } from '../../store/run-item.ts';
import { walkFlowRuns, walkRows } from '../../store/run-lists.ts';
import { CANCELED_BY_JOB_DELETION, cancelJob } from '../finalize/cancel-run.ts';
import { repairEach, throwFailures } from './part-runner.ts';
import { PURGE_CHUNK, PURGE_CONCURRENCY, PURGE_LIMIT, PURGE_LOOKAHEAD } from './sweep-limits.ts';

/** The platform of the sweeper, with access to the objects of flow runs. */
export interface SweeperPlatform extends Platform {
  readonly objects: Objects;
}

export interface PurgeOptions {
  /**
   * Epoch milliseconds; younger rows stay, because a concurrent start of the same run must find them.
   *
   * @defaultValue `now`
   */
  readonly createdBefore?: number;
  /** `false` ends the purge after the current chunk. @defaultValue no limit */
  readonly hasTime?: HasTime;
}

export interface PurgeResult {
  readonly purged: number;
  /** `false` if the purge ended early and due rows may be left. */
  readonly isDone: boolean;
  /** Time at which the oldest row that is left is due; `null` if none is left. */
  readonly nextDueAt: number | null;
}

/**
 * Removes the rows of a job that must not be shown after `now`, and their records, oldest first: of flow runs whose
 * retention is over, and those that DynamoDB should have removed. Each chunk of rows is removed before the next is read,
 * so that a purge that ends early has made progress.
 *
 * @throws AggregateError after the other rows were removed, if some could not be removed
 */
export async function purgeJob(
  platform: SweeperPlatform,
  job: JobRef,
  now: number,
  { createdBefore = now, hasTime = () => true }: PurgeOptions = {},
): Promise<PurgeResult> {
  const lists = [RUN_PREFIXES.run, RUN_PREFIXES.skipped].map((prefix) =>
    walkRows(platform.db, job, prefix, PURGE_CHUNK),
  );
  return purgeLists(platform, lists, now, { createdBefore, hasTime });
}

/**
 * Removes the flow runs of a tenant whose retention is over, like {@link purgeJob}. In the rows of a job whose type has
 * changed they may follow any number of rows that are not due.
 *
 * @throws AggregateError after the other runs were removed, if some could not be removed
 */
export async function purgeFlowRuns(
  platform: SweeperPlatform,
  tenant: TenantId,
  now: number,
  hasTime: HasTime = () => true,
): Promise<PurgeResult> {
  return purgeLists(platform, [walkFlowRuns(platform.db, tenant, PURGE_CHUNK)], now, { createdBefore: now, hasTime });
}

/** @param lists rows in the order of their creation */
async function purgeLists(
  platform: SweeperPlatform,
  lists: readonly AsyncIterable<readonly (Run | SkippedTick)[]>[],
  now: number,
  { createdBefore, hasTime }: Required<PurgeOptions>,
): Promise<PurgeResult> {
  const next = new NextSweep();
  const failures: unknown[] = [];
  let purged = 0;
  let isDone = true;
  for (const list of lists) {
    if (!isDone) break;
    let notDue = 0;
    for await (const rows of list) {
      const due = rows.filter((row) => isPurgeDue(row, now));
      const old = due.filter(({ createdAt }) => Date.parse(createdAt) < createdBefore);
      for (const row of rows) if (!old.includes(row)) next.include(hiddenFrom(row));
      notDue = due.length > 0 ? 0 : notDue + rows.length;
      // A row with a long retention, or an active run, does not hide the younger ones that are due.
      if (notDue >= PURGE_LOOKAHEAD) break;
      if (old.length === 0) continue;
      purged += await removeRows(platform, old, failures, hasTime);
      isDone = purged < PURGE_LIMIT && hasTime();
      /* guard: purge.time */ if (!isDone) break;
    }
  }
  throwFailures(failures, 'runs were not removed');
  return { purged, isDone, nextDueAt: isDone ? next.at : now };
}

/**
 * Removes rows after their data, so that the purge that follows an interrupted one finds the rows again.
 *
 * @param failures receives the errors of the rows whose data could not be removed
 * @returns the number of removed rows; the data of the others was not removed in time, or could not be removed
 */
async function removeRows(
  platform: SweeperPlatform,
  rows: readonly (Run | SkippedTick)[],
  failures: unknown[],
  hasTime: HasTime,
): Promise<number> {
  const { db } = platform;
  const keys: Key[] = [];
  await forEachConcurrent(PURGE_CONCURRENCY, rows, async (row) => {
    if (row.state === 'skipped') keys.push(skippedKey(row));
    else {
      try {
        if (await removeRunData(platform, row, hasTime)) keys.push(runKey(row));
      } catch (error) {
        // guard: purge.rows-apart
        failures.push(error);
      }
    }
  });
  await removeMany(db, db.tables.runs, keys);
  return keys.length;
}

/**
 * Removes the records, steps and objects of a run.
 *
 * @returns `false` if some are left for lack of time
 */
async function removeRunData({ db, objects }: SweeperPlatform, run: Run, hasTime: HasTime): Promise<boolean> {
  if (mayHaveRecords(run) && !(await removeRecords(db, run, hasTime))) return false;
  if (!run.flow || run.attempt === 0) return true;
  await removeChildren(db, run);
  // The number of failed records is unknown if the job was deleted during the run.
  if ((run.flow.ended?.records.error ?? 1) > 0) await removeRunWithErrors(db, run);
  await objects.removeAll(runFolder(run));
  return true;
}

/** @returns whether the run may have records; most runs are short and have none, which saves a query per run */
function mayHaveRecords(run: Run): boolean {
  const { stdoutParts, stderrParts, inputBytes, flow } = run;
  const isLong = (durationOf(run) ?? 0) >= LIVE_OUTPUT_DELAY_MS;
  return stdoutParts + stderrParts + inputBytes > 0 || mayHaveStoredAttempts(run) || Boolean(flow?.plan) || isLong;
}

/**
 * Cancels the active runs of deleted jobs and removes the ended ones. The entry of a deleted job stays for a grace
 * period, for runs whose start was under way at the deletion.
 *
 * @returns the time at which something of a deleted job is due
 * @throws AggregateError after the other jobs, if some failed
 */
export async function sweepDeletedJobs(
  platform: SweeperPlatform,
  tenant: TenantId,
  hasTime: HasTime = () => true,
): Promise<NextSweep> {
  const next = new NextSweep();
  await repairEach(await listDeletedJobs(platform.db, tenant), hasTime, async (deletedJob) =>
    next.include(await sweepDeletedJob(platform, deletedJob, hasTime)),
  );
  if (!hasTime()) next.include(platform.now());
  return next;
}

/** @returns the time of the next sweep of the job, epoch milliseconds; `null` if nothing of the job is left */
async function sweepDeletedJob(
  platform: SweeperPlatform,
  deletedJob: DeletedJob,
  hasTime: HasTime,
): Promise<number | null> {
  if (!(await cancelJob(platform, deletedJob, CANCELED_BY_JOB_DELETION, hasTime))) return platform.now();
  // Every row of a deleted job is due.
  const { isDone, nextDueAt } = await purgeJob(platform, deletedJob, Number.POSITIVE_INFINITY, {
    // guard: purge.create-grace
    createdBefore: platform.now() - RUN_CREATION_GRACE_MS,
    hasTime,
  });
  if (!isDone) return platform.now();
  const graceEnd = Date.parse(deletedJob.deletedAt) + RUN_CREATION_GRACE_MS;
  const overdue = platform.now() > graceEnd;
  // Canceled runs end within a minute, flows that drain later; their rows may be removed after the time that a start takes.
  if (/* guard: purge.rows-left */ nextDueAt !== null || /* guard: purge.overdue */ !overdue) {
    return platform.now() + MINUTE_MS;
  }
  await removeFormerJobs(platform.db, deletedJob);
  await removeReadObjects(platform.objects, deletedJob);
  await removeFlowCursors(platform.db, deletedJob);
  await removeDeletedJob(platform.db, deletedJob);
  return null;
}
