import { catchesUp } from '../../domain/catch-up.ts';
import type { JobOutline } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { isTickOnSelectedDate, timetableOf } from '../../domain/job-timetable.ts';
import { findPause } from '../../domain/pause.ts';
import { nextTick, ticksBetween } from '../../domain/schedule/index.ts';
import { LATE_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import { jitterOf } from '../start/job-schedule.ts';
import { readDates } from '../start/read-dates.ts';
import { recordMissed } from './record-missed.ts';
import { sweepCaughtUpTicks } from './sweep-caught-up-ticks.ts';
import { TICKS_LIMIT } from './sweep-limits.ts';

/**
 * Records every expected tick that has no row, or makes it up. Costs no read while runs end in order, because each end, or the
 * next start, advances `ticksThrough`.
 *
 * @returns the time in epoch milliseconds at which the next expected tick is overdue; `null` if none is expected
 */
export async function sweepMissedTicks(
  platform: Platform,
  outline: JobOutline,
  state: JobState,
): Promise<number | null> {
  const { ticksThrough, pauses } = state;
  if (!outline.enabled || !ticksThrough) return null;
  if (catchesUp(outline)) return sweepCaughtUpTicks(platform, outline, state, ticksThrough);
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
