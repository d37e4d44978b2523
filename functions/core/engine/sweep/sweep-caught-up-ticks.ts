import { maxCaughtUp } from '../../domain/catch-up.ts';
import type { JobOutline } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import { timetableOf } from '../../domain/job-timetable.ts';
import { findPause } from '../../domain/pause.ts';
import { tickUlid } from '../../domain/run-id.ts';
import { nextTick, ticksBetween } from '../../domain/schedule/index.ts';
import { LATE_AFTER_MS, SECOND_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { GET_BATCH } from '../../store/db.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import { getTickRows } from '../../store/runs.ts';
import { catchUp } from '../backfill/catch-up.ts';
import { jitterOf } from '../start/job-schedule.ts';
import { readDates } from '../start/read-dates.ts';
import { recordMissed } from './record-missed.ts';
import { TICKS_LIMIT } from './sweep-limits.ts';

/** Newest ticks of a job among which those without a row are looked for. */
const MAX_SEARCHED_TICKS = 5_000;
/** Ticks whose rows are read together: a tick has one of two keys. */
const TICKS_PAGE = GET_BATCH / 2;
/** More than a month has minutes. */
const MAX_WINDOW_TICKS = 50_000;

/**
 * Makes up the missed ticks of a job that catches up: creates one backfill of those within the bounds, after all older ones
 * have a row. The watermark advances after either, so that a crash between repeats the step.
 *
 * Ticks of a pause are missed when the pause has ended.
 *
 * @returns the time in epoch milliseconds of the next step; `null` if no tick is expected
 */
export async function sweepCaughtUpTicks(
  platform: Platform,
  outline: JobOutline,
  state: JobState,
  ticksThrough: string,
): Promise<number | null> {
  const now = platform.now();
  const graceMs = LATE_AFTER_MS + jitterOf(outline);
  const pause = findPause(state.pauses, new Date(now).toISOString());
  const to = Math.min(now - graceMs, pause ? Date.parse(pause.from) - 1 : now);
  const timetable = timetableOf(outline, await readDates(platform.db, outline));
  const between = (from: string, until: number, limit: number) =>
    ticksBetween(timetable, { from, to: until, limit }).map((time) => new Date(time).toISOString());
  const windowStart = now - outline.catchUp.windowSeconds * SECOND_MS;
  const outside = between(ticksThrough, Math.min(to, windowStart - 1), TICKS_LIMIT);
  if (outside.length > 0) return recordOldest(platform, outline, outside);
  const recent = between(ticksThrough, to, MAX_WINDOW_TICKS);
  const missed = await findNewestMissed(platform, outline, recent);
  const older = missed.length > 0 ? recent.slice(0, recent.indexOf(missed[0] ?? '')) : [];
  const hasOlder = older.length > 0 && missed.length === maxCaughtUp(outline.catchUp);
  if (hasOlder) return recordOldest(platform, outline, older.slice(0, TICKS_LIMIT));
  const last = missed.length > 0 ? await catchUp(platform, outline, ticksThrough, missed) : recent.at(-1);
  // guard: catch-up.watermark
  if (last !== undefined) await advanceTickWatermark(platform.db, outline, last);
  const next = nextTick(timetable, { after: pause ? now : (last ?? ticksThrough) });
  return next === null ? null : next + graceMs;
}

/** Records the ticks that do not run. The next step is due at once. */
async function recordOldest(platform: Platform, outline: JobOutline, ticks: readonly string[]): Promise<number> {
  await recordMissed(platform, outline, ticks);
  await advanceTickWatermark(platform.db, outline, ticks.at(-1) ?? '');
  return platform.now();
}

/** Returns the newest ticks without a row, ascending: at most as many as the job catches up. */
async function findNewestMissed(
  { db }: Platform,
  { tenant, id: jobId, incarnation, catchUp: rule }: JobOutline,
  ticks: readonly string[],
): Promise<readonly string[]> {
  const ref = { tenant, jobId, incarnation };
  const missed: string[] = [];
  const first = Math.max(0, ticks.length - MAX_SEARCHED_TICKS);
  for (let end = ticks.length; end > first && missed.length < maxCaughtUp(rule); end -= TICKS_PAGE) {
    const page = ticks.slice(Math.max(first, end - TICKS_PAGE), end);
    const rows = await getTickRows(
      db,
      ref,
      page.map((tick) => tickUlid(ref, tick)),
    );
    missed.unshift(...page.filter((_, i) => !rows[i]));
  }
  return missed.slice(-maxCaughtUp(rule));
}
