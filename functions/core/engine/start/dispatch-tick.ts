import { catchesUp } from '../../domain/catch-up.ts';
import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { isTickOnSelectedDate, tickOptions } from '../../domain/job-timetable.ts';
import type { TickMessage } from '../../domain/messages.ts';
import type { SkipReason } from '../../domain/run.ts';
import { tickUlid } from '../../domain/run-id.ts';
import { LATE_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import { getJob } from '../../store/jobs.ts';
import { jobRefOf } from '../../store/keys.ts';
import { getTickRows } from '../../store/runs.ts';
import { advanceBackfill } from '../backfill/advance-backfill.ts';
import { jitterOf, ticksThroughAfter } from './job-schedule.ts';
import { readDates } from './read-dates.ts';
import { readStartContext, type StartContext } from './start-context.ts';
import { startDelayedRun } from './start-delayed.ts';
import { startFollowers } from './start-followers.ts';
import { startRun } from './start-run.ts';

/**
 * Handles one tick: creates a run, or a skipped row with its reason. A tick of a deleted job is ignored. The tick of a
 * delayed run starts that run, one of a backfill advances it, the end of a run starts those that follow it.
 *
 * Idempotent: a repeated tick only sends the run's message again, because a crash may have prevented the first send.
 */
export async function dispatchTick(platform: Platform, tick: TickMessage): Promise<void> {
  const { db, log } = platform;
  const { tenant, jobId, incarnation } = tick;
  if (tick.backfill !== undefined) {
    await advanceBackfill(platform, { tenant, jobId, incarnation, id: tick.backfill });
    return;
  }
  if (tick.ended !== undefined) {
    await startFollowers(platform, { tenant, jobId, incarnation, ulid: tick.ended });
    return;
  }
  const context = await readStartContext(platform, tenant, jobId);
  if (tick.ulid !== undefined) {
    await startDelayedRun(platform, { tenant, jobId, incarnation, ulid: tick.ulid }, context);
    return;
  }
  const isEnabled = context.job?.incarnation === incarnation && context.job.enabled;
  // Only a consistent read decides that a tick is not executed.
  const job = isEnabled ? context.job : /* guard: tick.ignored.consistent */ await getJob(db, tenant, jobId);
  if (job?.incarnation !== incarnation) {
    log.info('tick.ignored', { tenant, job: jobId });
    return;
  }
  const jitter = jitterOf(job);
  if (jitter > 0 && !tick.jittered) {
    await platform.queues.sendTick({ ...tick, jittered: true }, jitter);
    return;
  }
  const isLate = platform.now() - Date.parse(tick.scheduledAt) - jitter > LATE_AFTER_MS;
  const skip = !job.enabled ? 'disabled' : isLate ? 'late' : undefined;
  if (/* guard: catch-up.late */ skip && catchesUp(job)) {
    // The sweep makes it up.
    log.info('tick.deferred', { tenant, job: jobId, scheduledAt: tick.scheduledAt, reason: skip });
    return;
  }
  await startTick(platform, job, tick.scheduledAt, skip, context);
}

/**
 * Creates the row of a tick, unless it exists. A tick on a date that the job's calendars exclude, or in a pause, has no row.
 *
 * @param known the context of the start, if it has been read
 */
export async function startTick(
  platform: Platform,
  job: Job,
  scheduledAt: string,
  skip: SkipReason | undefined,
  known?: StartContext,
): Promise<void> {
  const ref = jobRefOf(job);
  const ulid = tickUlid(ref, scheduledAt);
  const context = known ?? (await readStartContext(platform, job.tenant, job.id));
  const row = mayHaveRow(job, context, scheduledAt) ? (await getTickRows(platform.db, ref, [ulid]))[0] : undefined;
  if (row) {
    const isUnsent = row.run?.state === 'queued' && !row.run.waiting && !row.run.dueAt;
    // guard: tick.redelivered.send
    if (isUnsent) await platform.queues.sendRun(row.run);
    return;
  }
  const dates = await readDates(platform.db, job);
  // guard: tick.calendar
  if (!isTickOnSelectedDate(job, scheduledAt, dates)) {
    await dropTick(platform, job, scheduledAt, context.state, 'calendar');
    return;
  }
  const options = tickOptions(job, scheduledAt, dates);
  const request = {
    job,
    ulid,
    trigger: 'schedule',
    scheduledAt,
    obeysPause: true,
    options,
    ...(skip && { skip }),
  } as const;
  const { kind } = await startRun(platform, request, context);
  if (kind === 'paused') {
    await dropTick(platform, job, scheduledAt, context.state, 'pause');
    return;
  }
  if (skip === 'missed' || skip === 'late') {
    platform.metrics.event('tick.missed', { MissedTicks: 1 }, { tenant: job.tenant, job: job.id, scheduledAt, skip });
  }
}

/**
 * Drops a tick that has no row. If the ticks before have been handled, neither does the sweeper expect a row, even if the
 * reason ends meanwhile.
 */
async function dropTick(
  platform: Platform,
  job: Job,
  scheduledAt: string,
  state: JobState | undefined,
  reason: 'calendar' | 'pause',
): Promise<void> {
  platform.log.info('tick.dropped', { tenant: job.tenant, job: job.id, scheduledAt, reason });
  const isCurrent = state?.incarnation === job.incarnation;
  // The ticks of a pause are made up after it.
  const isMadeUp = /* guard: catch-up.paused */ reason === 'pause' && catchesUp(job);
  const through = isCurrent && !isMadeUp ? ticksThroughAfter(job, { scheduledAt }, state) : undefined;
  // guard: tick.dropped.covered
  if (through !== undefined) await advanceTickWatermark(platform.db, job, through);
}

/**
 * @returns `false` if no tick at or after this time was decided. A row is created after the decision only; if the state is
 * outdated, the write of the decision finds the state changed, and the decision of this tick in it.
 */
function mayHaveRow(job: Job, { state }: StartContext, scheduledAt: string): boolean {
  if (state?.incarnation !== job.incarnation) return true;
  return /* guard: tick.newest */ state.newestTick !== null && scheduledAt <= state.newestTick;
}
