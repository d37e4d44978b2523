import { mayHaveStoredAttempts } from '../../domain/attempt.ts';
import type { Job } from '../../domain/job.ts';
import { durationOf, type Run } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { DELETED_JOB_GRACE_MS, LIVE_OUTPUT_DELAY_MS, RUN_CREATION_GRACE_MS } from '../../domain/timing.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Platform } from '../../platform/platform.ts';
import { removeChildren } from '../../store/children.ts';
import { removeMany } from '../../store/db.ts';
import { type DeletedJob, listDeletedJobs, removeDeletedJob } from '../../store/deleted-jobs.ts';
import { removeFormerJobs } from '../../store/former-jobs.ts';
import { type JobRef, RUN_PREFIXES, runFolder, runKey, skippedKey } from '../../store/keys.ts';
import { removeRecords } from '../../store/output.ts';
import { listPurgeDue } from '../../store/run-lists.ts';
import { CANCELED_BY_JOB_DELETION, cancelJob } from '../finalize/cancel-run.ts';
import { isScheduledMinute } from './scheduled-minute.ts';
import { PURGE_LIMIT } from './sweep-limits.ts';

const PURGE_INTERVAL_MINUTES = 60;

/** The platform of the sweeper, with access to the objects of flow runs. */
export interface SweeperPlatform extends Platform {
  readonly objects: Objects;
}

/** @returns whether the tenant's rows are purged in this minute of the hour */
export function isPurgeMinute(tenant: TenantId, now: number): boolean {
  return isScheduledMinute(tenant, now, PURGE_INTERVAL_MINUTES);
}

/**
 * Removes the rows of a job whose retention ended before `now`, and their records.
 *
 * @param createdBefore epoch milliseconds; younger rows stay, because a concurrent start of the same run must find them
 * @returns the number of removed rows
 */
export async function purgeJob(
  platform: SweeperPlatform,
  job: JobRef,
  now: number,
  createdBefore = now,
): Promise<number> {
  const { db } = platform;
  let purged = 0;
  for (const prefix of [RUN_PREFIXES.run, RUN_PREFIXES.skipped]) {
    const due = await listPurgeDue(db, job, prefix, now, PURGE_LIMIT);
    const rows = due.filter(({ createdAt }) => Date.parse(createdAt) < createdBefore);
    for (const row of rows) {
      if (row.state !== 'skipped') await removeRunData(platform, row);
    }
    const keyOf = prefix === RUN_PREFIXES.run ? runKey : skippedKey;
    await removeMany(
      db,
      db.tables.runs,
      rows.map((row) => keyOf(row)),
    );
    purged += rows.length;
  }
  return purged;
}

/** Removes the records, steps and objects of a run. */
async function removeRunData({ db, objects }: SweeperPlatform, run: Run): Promise<void> {
  if (mayHaveRecords(run)) await removeRecords(db, run);
  if (!run.flow || run.attempt === 0) return;
  await removeChildren(db, run);
  await objects.removeAll(runFolder(run));
}

/** @returns whether the run may have records; most runs are short and have none, which saves a query per run */
function mayHaveRecords(run: Run): boolean {
  const { stdoutParts, stderrParts, flow } = run;
  const isLong = (durationOf(run) ?? 0) >= LIVE_OUTPUT_DELAY_MS;
  return stdoutParts + stderrParts > 0 || mayHaveStoredAttempts(run) || Boolean(flow?.plan) || isLong;
}

export async function purgeTenant(platform: SweeperPlatform, jobs: Iterable<Job>, now: number): Promise<void> {
  for (const { tenant, id, incarnation } of jobs) {
    const purged = await purgeJob(platform, { tenant, jobId: id, incarnation }, now);
    if (purged > 0) platform.log.info('runs.purged', { tenant, job: id, purged });
  }
}

/**
 * Cancels the active runs of deleted jobs and removes the ended ones. The entry of a deleted job stays for a grace
 * period, for runs whose start was under way at the deletion.
 */
export async function sweepDeletedJobs(platform: SweeperPlatform, tenant: TenantId): Promise<void> {
  for (const deletedJob of await listDeletedJobs(platform.db, tenant)) await sweepDeletedJob(platform, deletedJob);
}

async function sweepDeletedJob(platform: SweeperPlatform, deletedJob: DeletedJob): Promise<void> {
  await cancelJob(platform, deletedJob, CANCELED_BY_JOB_DELETION);
  // Every row of a deleted job is due.
  const purged = await purgeJob(
    platform,
    deletedJob,
    Number.POSITIVE_INFINITY,
    // guard: purge.create-grace
    platform.now() - RUN_CREATION_GRACE_MS,
  );
  const overdue = platform.now() - Date.parse(deletedJob.deletedAt) > DELETED_JOB_GRACE_MS;
  if (purged > 0 || /* guard: purge.overdue */ !overdue) return;
  await removeFormerJobs(platform.db, deletedJob);
  await removeDeletedJob(platform.db, deletedJob);
}
