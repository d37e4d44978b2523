import { type TimetabledJob, timetableOf } from './job-timetable.ts';
import { type DateFilter, ticksBetween } from './schedule/index.ts';

/** A period in which the schedule of a job has no ticks. */
export interface Pause {
  /** Inclusive, ISO 8601. */
  readonly from: string;
  /** Exclusive, ISO 8601; null until the job is resumed. */
  readonly until: string | null;
}

/**
 * Number of pauses of a job that are remembered, the newest ones, so that its state stays below a kilobyte. A tick in an older
 * pause that was not decided before (the message is late, or the sweep has not passed it) is decided as if there were none.
 */
const MAX_PAUSES = 5;

const covers = ({ from, until }: Pause, time: string): boolean => from <= time && (until === null || time < until);

/** Returns the pause at a time, ISO 8601, or `undefined` if the job is not paused then. */
export const findPause = (pauses: readonly Pause[], time: string): Pause | undefined =>
  pauses.find((pause) => covers(pause, time));

/**
 * Returns the pauses after a request to pause until a time. A pause that has not ended continues until that time.
 *
 * @param now ISO 8601
 * @param until ISO 8601; null until the job is resumed
 */
export function addPause(pauses: readonly Pause[], now: string, until: string | null): readonly Pause[] {
  const current = findPause(pauses, now);
  const others = pauses.filter((pause) => pause !== current);
  return [...others, { from: current?.from ?? now, until }].slice(-MAX_PAUSES);
}

/** Returns the pauses after a request to resume the job at a time, ISO 8601. */
export const endPause = (pauses: readonly Pause[], now: string): readonly Pause[] =>
  pauses.map((pause) => (covers(pause, now) ? { ...pause, until: now } : pause));

/**
 * Returns the time after which the ticks of a job happen again, epoch milliseconds.
 *
 * @param now epoch milliseconds
 * @returns `now` for a job that is not paused, `null` for one that is paused until it is resumed
 */
export function ticksAfter(pauses: readonly Pause[], now: number): number | null {
  const pause = findPause(pauses, new Date(now).toISOString());
  if (!pause) return now;
  return pause.until === null ? null : Date.parse(pause.until) - 1;
}

export interface SuppressedRange {
  /** Exclusive, ISO 8601. */
  readonly from: string;
  /** Inclusive, ISO 8601. */
  readonly to: string;
  /** Maximum number of ticks. */
  readonly limit: number;
}

/**
 * Returns the ticks that pauses of a job have suppressed, ISO 8601, ascending. They have no row.
 *
 * @param dates the dates that the job's calendars leave; `undefined` for all
 */
export function suppressedTicks(
  job: TimetabledJob,
  pauses: readonly Pause[],
  { from, to, limit }: SuppressedRange,
  dates?: DateFilter,
): readonly string[] {
  const timetable = timetableOf(job, dates);
  return pauses
    .flatMap((pause) => {
      const start = pause.from > from ? new Date(Date.parse(pause.from) - 1).toISOString() : from;
      const end = pause.until !== null && pause.until <= to ? Date.parse(pause.until) - 1 : Date.parse(to);
      return ticksBetween(timetable, { from: start, to: end, limit });
    })
    .sort((a, b) => a - b)
    .slice(0, limit)
    .map((tick) => new Date(tick).toISOString());
}
