import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { tickUlid } from '../../domain/run-id.ts';
import { firesBetween, parseSchedule } from '../../domain/schedule/index.ts';
import { LATE_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import { getTickRows } from '../../store/runs.ts';
import { startTick } from '../start/dispatch-tick.ts';
import { jitterOf, scheduleContext } from '../start/job-schedule.ts';
import { TICKS_LIMIT } from './sweep-limits.ts';

/**
 * Records every expected tick that has no row. Costs no read while runs end in order, because each end advances
 * `ticksThrough`.
 *
 * @returns the number of missed ticks
 */
export async function sweepMissedTicks(platform: Platform, job: Job, state: JobState): Promise<number> {
  if (!job.enabled || !job.schedule || !state.ticksThrough) return 0;
  const ticks = firesBetween(parseSchedule(job.schedule), {
    ...scheduleContext(job),
    from: state.ticksThrough,
    to: platform.now() - LATE_AFTER_MS - jitterOf(job),
    limit: TICKS_LIMIT,
  }).map((time) => new Date(time).toISOString());
  const last = ticks.at(-1);
  if (last === undefined) return 0;
  const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
  const rows = await getTickRows(
    platform.db,
    ref,
    ticks.map((tick) => tickUlid(ref, tick)),
  );
  const missed = ticks.filter((_, i) => !rows[i]);
  for (const tick of missed) await startTick(platform, job, tick, 'missed');
  await advanceTickWatermark(platform.db, job, last);
  return missed.length;
}
