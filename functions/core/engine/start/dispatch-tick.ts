import type { Job } from '../../domain/job.ts';
import type { TickMessage } from '../../domain/messages.ts';
import type { SkipReason } from '../../domain/run.ts';
import { tickUlid } from '../../domain/run-id.ts';
import { LATE_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJob } from '../../store/jobs.ts';
import { getTickRows } from '../../store/runs.ts';
import { jitterOf } from './job-schedule.ts';
import { startRun } from './start-run.ts';

/**
 * Handles one tick: creates a run, or a skipped row with its reason. A tick of a deleted job is ignored.
 *
 * Idempotent: a repeated tick only sends the run's message again, because a crash may have prevented the first send.
 */
export async function dispatchTick(platform: Platform, tick: TickMessage): Promise<void> {
  const { db, log } = platform;
  const job = await getJob(db, tick.tenant, tick.jobId);
  if (job?.incarnation !== tick.incarnation) {
    log.info('tick.ignored', { tenant: tick.tenant, job: tick.jobId });
    return;
  }
  const jitter = jitterOf(job);
  if (jitter > 0 && !tick.jittered) {
    await platform.queues.sendTick({ ...tick, jittered: true }, jitter);
    return;
  }
  const isLate = platform.now() - Date.parse(tick.scheduledAt) - jitter > LATE_AFTER_MS;
  await startTick(platform, job, tick.scheduledAt, !job.enabled ? 'disabled' : isLate ? 'late' : undefined);
}

/** Creates the row of a tick, unless it exists. */
export async function startTick(
  platform: Platform,
  job: Job,
  scheduledAt: string,
  skip: SkipReason | undefined,
): Promise<void> {
  const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
  const ulid = tickUlid(ref, scheduledAt);
  const [row] = await getTickRows(platform.db, ref, [ulid]);
  if (row) {
    const isUnsent = row.run?.state === 'queued' && !row.run.waiting && !row.run.dueAt;
    // guard: tick.redelivered.send
    if (isUnsent) await platform.queues.sendRun(row.run);
    return;
  }
  await startRun(platform, {
    job,
    ulid,
    trigger: 'schedule',
    scheduledAt,
    ...(skip && { skip }),
  });
  if (skip === 'missed' || skip === 'late') {
    platform.metrics.event('tick.missed', { MissedTicks: 1 }, { tenant: job.tenant, job: job.id, scheduledAt, skip });
  }
}
