import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import { isDelayed } from '../../domain/run-counts.ts';
import { CANCELED_BY_EXPIRY, isExpired } from '../../domain/run-expiry.ts';
import { DUE_TOLERANCE_MS, MAX_QUEUE_DELAY_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJob } from '../../store/jobs.ts';
import { getRun } from '../../store/runs.ts';
import {
  CANCELED_BY_DISABLED_JOB,
  CANCELED_BY_JOB_DELETION,
  cancelDelayedRun,
  cancelRun,
} from '../finalize/cancel-run.ts';
import { transferLock } from '../finalize/transfer-lock.ts';
import { sendWhenDue } from './delay-run.ts';
import { readStartContext, type StartContext } from './start-context.ts';
import { startRun } from './start-run.ts';

/**
 * Starts a delayed run when its time has come: decides like a tick under the overlap policy and the limits of now. A run
 * that is not to start is canceled with the reason, because its row was promised. A run that is moved meanwhile keeps its
 * row; a lock or waiting place that it received is free after 60 s, like that of a run without a row.
 *
 * Idempotent: a repeated message only sends the run's message again, because a crash may have prevented the first send.
 *
 * @param known the context of the start, if it has been read
 */
export async function startDelayedRun(platform: Platform, ref: RunRef, known?: StartContext): Promise<void> {
  const { db, now, log } = platform;
  const run = await getRun(db, ref);
  if (!run || !isDelayed(run)) {
    const isUnsent = run?.state === 'queued' && !run.waiting && !run.dueAt;
    // guard: delay.redelivered.send
    if (isUnsent) await platform.queues.sendRun(run);
    return;
  }
  const early = startTime(run) - now();
  if (/* guard: delay.due */ early > DUE_TOLERANCE_MS) {
    // The run was moved, or clocks differ.
    if (early <= MAX_QUEUE_DELAY_MS) await sendWhenDue(platform, run);
    return;
  }
  if (/* guard: delay.expired */ isExpired(run, now())) {
    await cancelDelayedRun(platform, run, CANCELED_BY_EXPIRY);
    return;
  }
  const job = await getJob(db, run.tenant, run.jobId);
  if (job?.incarnation !== run.incarnation) {
    await cancelRun(platform, run, CANCELED_BY_JOB_DELETION);
    return;
  }
  if (/* guard: delay.disabled-job */ !job.enabled) {
    await cancelDelayedRun(platform, run, CANCELED_BY_DISABLED_JOB);
    return;
  }
  const context = known ?? (await readStartContext(platform, run.tenant, run.jobId));
  const { ulid, trigger, scheduledAt, backfill } = run;
  // A throttle delays ticks and runs of backfills, too.
  const place = backfill !== null && scheduledAt !== null ? { backfill: { id: backfill, scheduledAt } } : {};
  const started = await startRun(platform, { job, ulid, trigger, scheduledAt, delayed: run, ...place }, context);
  log.info('run.delay_ended', { tenant: run.tenant, job: run.jobId, run: ulid, result: started.kind });
  if (started.kind !== 'repeated') return;
  const ended = await getRun(db, run);
  // The run was canceled while its start acquired the lock.
  // guard: delay.canceled.lock
  if (ended && isTerminal(ended.state)) await transferLock(platform, ended);
}

/** Returns the time at which a delayed run is to start, epoch milliseconds. */
export const startTime = ({ runAt, createdAt }: Pick<Run, 'runAt' | 'createdAt'>): number =>
  Date.parse(runAt ?? createdAt);
