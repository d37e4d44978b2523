import type { JobOutline } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { isTickOnSelectedDate, timetableOf } from '../../domain/job-timetable.ts';
import { findPause } from '../../domain/pause.ts';
import { tickUlid } from '../../domain/run-id.ts';
import { nextTick, ticksBetween } from '../../domain/schedule/index.ts';
import { LATE_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import { getJob } from '../../store/jobs.ts';
import { getTickRows } from '../../store/runs.ts';
import { startTick } from '../start/dispatch-tick.ts';
import { jitterOf } from '../start/job-schedule.ts';
import { readDates } from '../start/read-dates.ts';
import { TICKS_LIMIT } from './sweep-limits.ts';

/**
 * Records every expected tick that has no row. Costs no read while runs end in order, because each end, or the
 * next start, advances `ticksThrough`.
 *
 * @returns the time in epoch milliseconds at which the next expected tick is overdue; `null` if none is expected
 */
export async function sweepMissedTicks(
  platform: Platform,
  outline: JobOutline,
  { ticksThrough, pauses }: JobState,
): Promise<number | null> {
  if (!outline.enabled || !ticksThrough) return null;
  const timetable = timetableOf(outline);
  const graceMs = LATE_AFTER_MS + jitterOf(outline);
  const fires = ticksBetween(timetable, {
    from: ticksThrough,
    to: platform.now() - graceMs,
    limit: TICKS_LIMIT,
  }).map((time) => new Date(time).toISOString());
  const [last] = fires.slice(-1);
  if (last !== undefined) {
    const dates = await readDates(platform.db, outline);
    const ticks = fires.filter((time) => !findPause(pauses, time) && isTickOnSelectedDate(outline, time, dates));
    if (ticks.length > 0) await recordMissed(platform, outline, ticks);
    await advanceTickWatermark(platform.db, outline, last);
  }
  const next = nextTick(timetable, { after: last ?? ticksThrough });
  return next === null ? null : next + graceMs;
}

/** Records those of the ticks that have no row. */
async function recordMissed(platform: Platform, outline: JobOutline, ticks: readonly string[]): Promise<void> {
  const ref = { tenant: outline.tenant, jobId: outline.id, incarnation: outline.incarnation };
  const rows = await getTickRows(
    platform.db,
    ref,
    ticks.map((tick) => tickUlid(ref, tick)),
  );
  const missed = ticks.filter((_, i) => !rows[i]);
  if (missed.length > 0) {
    const job = await getJob(platform.db, outline.tenant, outline.id);
    if (job?.incarnation !== outline.incarnation) return;
    for (const tick of missed) await startTick(platform, job, tick, 'missed');
  }
}
