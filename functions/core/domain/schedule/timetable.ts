import type { DateFilter } from './date-filter.ts';
import {
  extendToPast,
  type FiresBetween,
  firesBetween,
  type NextFires,
  nextFires,
  type PreviousFire,
  previousFire,
  type ScheduleContext,
  type Time,
} from './fires.ts';
import { getZone, localDayOf } from './timezone.ts';
import type { Schedule } from './types.ts';

/** One schedule of a timetable. */
export interface TimetableEntry {
  readonly schedule: Schedule;
  readonly context: ScheduleContext;
}

/** The schedules of one job. A time at which several of them fire is one tick. */
export type Timetable = readonly TimetableEntry[];

/** A range of options without the context, which each entry of a timetable has for itself. */
type Range<Options extends ScheduleContext> = Omit<Options, keyof ScheduleContext>;

/** Returns the next `count` ticks in epoch milliseconds, ascending; fewer if all schedules end before. */
export function nextTicks(timetable: Timetable, range: Range<NextFires>): number[] {
  return merge(timetable.map(({ schedule, context }) => nextFires(schedule, { ...context, ...range }))).slice(
    0,
    Math.max(0, range.count),
  );
}

/** Returns the next tick, or `null` if there is none. */
export function nextTick(timetable: Timetable, range: Omit<Range<NextFires>, 'count'>): number | null {
  return nextTicks(timetable, { ...range, count: 1 })[0] ?? null;
}

/** Returns the first `limit` ticks after `from` and not after `to`, ascending. */
export function ticksBetween(timetable: Timetable, range: Range<FiresBetween>): number[] {
  return merge(timetable.map(({ schedule, context }) => firesBetween(schedule, { ...context, ...range }))).slice(
    0,
    Math.max(0, range.limit),
  );
}

/** Returns the last tick before `before`, or `null` if there is none. */
export function previousTick(timetable: Timetable, range: Range<PreviousFire>): number | null {
  const fires = timetable.map(({ schedule, context }) => previousFire(schedule, { ...context, ...range }));
  return fires.reduce((latest, fire) => (latest === null || (fire !== null && fire > latest) ? fire : latest), null);
}

/** Returns the index of the first schedule that fires at `time` (epoch milliseconds); -1 if none does. */
export function findScheduleAt(timetable: Timetable, time: number): number {
  return timetable.findIndex(
    ({ schedule, context }) => previousFire(schedule, { ...context, before: time, inclusive: true }) === time,
  );
}

/** Returns the timetable with the fires of rates before their anchors, from `from` on (`extendToPast`). */
export const extendTimetable = (timetable: Timetable, from: Time): Timetable =>
  timetable.map(({ schedule, context }) => ({ schedule, context: extendToPast(schedule, context, from) }));

/** @returns whether the local date of an instant (epoch milliseconds) is selected */
export function isOnSelectedDate(dates: DateFilter, timezone: string, time: number): boolean {
  const day = localDayOf(getZone(timezone), time);
  return dates.next(day) === day;
}

/** Merges ascending lists; a time in several of them occurs once. */
function merge(lists: readonly (readonly number[])[]): number[] {
  const [only = []] = lists;
  return lists.length < 2 ? [...only] : [...new Set(lists.flat())].sort((a, b) => a - b);
}
