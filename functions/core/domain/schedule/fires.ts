import { DAY_MS, HOUR_MS, MINUTE_MS } from '../timing.ts';
import { daysFrom, daysUntil } from './calendar.ts';
import type { DateFilter } from './date-filter.ts';
import { rejectSchedule } from './reject-schedule.ts';
import {
  earliestInstant,
  earliestLocalDay,
  getZone,
  instantsOf,
  latestInstant,
  latestLocalDay,
  localDayOf,
  type Zone,
} from './timezone.ts';
import type { CronSchedule, RateSchedule, Schedule } from './types.ts';

/** An instant: epoch milliseconds, a Date, or ISO 8601. */
export type Time = number | Date | string;

/** The time zone and bounds in which a schedule is evaluated. */
export interface ScheduleContext {
  /** IANA name. */
  readonly timezone: string;
  /**
   * Start of the schedule, inclusive; null for none. Like `endAt` it does not apply to `at()`: EventBridge ignores both
   * for one-time schedules.
   */
  readonly startAt?: Time | null | undefined;
  /** End of the schedule, inclusive; null for none. */
  readonly endAt?: Time | null | undefined;
  /**
   * Origin of a rate without `startAt`: the job's creation. A rate fires at its origin, rounded up to the whole minute,
   * and after each interval.
   */
  readonly anchor?: Time | undefined;
  /** Local dates on which the schedule may fire. @defaultValue all */
  readonly dates?: DateFilter | undefined;
}

function toEpochMs(time: Time): number {
  const ms = typeof time === 'number' ? time : new Date(time).getTime();
  if (Number.isNaN(ms)) throw new RangeError(`not a time: ${String(time)}`);
  return ms;
}

/** Returns the interval of a rate in milliseconds. */
export function rateMs(rate: RateSchedule): number {
  return rate.value * { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS }[rate.unit];
}

/** Returns the first fire of a rate. */
function rateStart(context: ScheduleContext): number {
  const start = context.startAt ?? context.anchor;
  if (start === undefined) throw new TypeError('a rate needs startAt or anchor');
  return Math.ceil(toEpochMs(start) / MINUTE_MS) * MINUTE_MS;
}

/**
 * Returns the context in which a rate without `startAt` fires from `from` on, in the intervals of its anchor. Other
 * schedules depend on no anchor.
 */
export function extendToPast(schedule: Schedule, context: ScheduleContext, from: Time): ScheduleContext {
  if (schedule.kind !== 'rate' || context.startAt != null) return context;
  const interval = rateMs(schedule);
  const origin = rateStart(context);
  const intervals = Math.max(0, Math.ceil((origin - toEpochMs(from)) / interval));
  return { ...context, anchor: origin - intervals * interval };
}

const EVERY_DATE: DateFilter = { next: (day) => day, previous: (day) => day };

/**
 * Yields the fires of a rate from `first` to `end` on selected dates. Passes over the dates between two selected ones at
 * once, so that a long exclusion does not take a step for each interval.
 */
function* rateFires(
  { zone, interval, dates }: { zone: Zone; interval: number; dates: DateFilter },
  first: number,
  end: number,
): Generator<number> {
  for (let fire = first; fire <= end; ) {
    const day = localDayOf(zone, fire);
    const selected = dates.next(day);
    if (selected === null) return;
    if (selected === day) {
      yield fire;
      fire += interval;
      continue;
    }
    const steps = Math.ceil((earliestInstant(selected) - fire) / interval);
    fire += Math.max(1, steps) * interval;
  }
}

/** Returns the last fire of a rate not before `origin` and not after `last`, on a selected date. */
function previousRateFire(
  { zone, interval, dates }: { zone: Zone; interval: number; dates: DateFilter },
  origin: number,
  last: number,
): number | null {
  for (let fire = origin + Math.floor((last - origin) / interval) * interval; fire >= origin; ) {
    const day = localDayOf(zone, fire);
    const selected = dates.previous(day);
    if (selected === null) return null;
    if (selected === day) return fire;
    const steps = Math.ceil((fire - latestInstant(selected)) / interval);
    fire -= Math.max(1, steps) * interval;
  }
  return null;
}

function* timesOfDay(cron: CronSchedule): Generator<number> {
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) yield hour * HOUR_MS + minute * MINUTE_MS;
  }
}

function atInstants(zone: Zone, local: number, dates: DateFilter): number[] {
  const day = Math.floor(local / DAY_MS);
  if (dates.next(day) !== day) return [];
  return [...instantsOf(zone, day, [local - day * DAY_MS])];
}

function take(count: number, fires: Iterable<number>): number[] {
  const taken: number[] = [];
  if (count < 1) return taken;
  for (const fire of fires) {
    taken.push(fire);
    if (taken.length >= count) break;
  }
  return taken;
}

/** Yields the fires after `after` (exclusive), ascending; endless if the schedule is. */
function* firesAfter(schedule: Schedule, context: ScheduleContext, after: number): Generator<number> {
  const zone = getZone(context.timezone);
  const { dates = EVERY_DATE } = context;
  if (schedule.kind === 'at') {
    yield* atInstants(zone, schedule.local, dates).filter((fire) => fire > after);
    return;
  }
  const start = context.startAt == null ? Number.NEGATIVE_INFINITY : toEpochMs(context.startAt);
  const end = context.endAt == null ? Number.POSITIVE_INFINITY : toEpochMs(context.endAt);
  if (schedule.kind === 'rate') {
    const interval = rateMs(schedule);
    const origin = rateStart(context);
    const passed = Math.max(0, Math.floor((after - origin) / interval) + 1);
    if (context.dates) yield* rateFires({ zone, interval, dates }, origin + passed * interval, end);
    else for (let fire = origin + passed * interval; fire <= end; fire += interval) yield fire;
    return;
  }
  const from = Math.max(after, start - 1);
  for (const day of daysFrom(schedule, earliestLocalDay(from))) {
    const selected = dates.next(day);
    if (selected === null) return;
    if (selected !== day) continue;
    for (const fire of instantsOf(zone, day, timesOfDay(schedule))) {
      if (fire > end) return;
      if (fire > from) yield fire;
    }
  }
}

export interface NextFires extends ScheduleContext {
  /** Exclusive. */
  readonly after: Time;
  readonly count: number;
}

/** Returns the next `count` fires in epoch milliseconds, ascending; fewer if the schedule ends before. */
export function nextFires(schedule: Schedule, options: NextFires): number[] {
  return take(options.count, firesAfter(schedule, options, toEpochMs(options.after)));
}

/** Returns the next fire, or null if there is none. */
export function nextFire(schedule: Schedule, options: Omit<NextFires, 'count'>): number | null {
  return nextFires(schedule, { ...options, count: 1 })[0] ?? null;
}

export interface FiresBetween extends ScheduleContext {
  /** Exclusive. */
  readonly from: Time;
  /** Inclusive. */
  readonly to: Time;
  /** Maximum number of fires to return. */
  readonly limit: number;
}

/** Returns the first `limit` fires after `from` and not after `to`, ascending. */
export function firesBetween(schedule: Schedule, options: FiresBetween): number[] {
  const to = toEpochMs(options.to);
  const endAt = options.endAt == null ? to : Math.min(to, toEpochMs(options.endAt));
  const fires = take(options.limit, firesAfter(schedule, { ...options, endAt }, toEpochMs(options.from)));
  // `endAt` does not apply to an at().
  return fires.filter((fire) => fire <= to);
}

export interface PreviousFire extends ScheduleContext {
  /** Exclusive, unless `inclusive` is set. */
  readonly before: Time;
  readonly inclusive?: boolean;
}

/** Returns the last fire before `before`, or null if there is none. */
export function previousFire(schedule: Schedule, options: PreviousFire): number | null {
  const zone = getZone(options.timezone);
  const limit = toEpochMs(options.before) - (options.inclusive ? 0 : 1);
  const { dates = EVERY_DATE } = options;
  if (schedule.kind === 'at') return atInstants(zone, schedule.local, dates).find((fire) => fire <= limit) ?? null;
  const start = options.startAt == null ? Number.NEGATIVE_INFINITY : toEpochMs(options.startAt);
  const last = options.endAt == null ? limit : Math.min(limit, toEpochMs(options.endAt));
  if (schedule.kind === 'rate') {
    const interval = rateMs(schedule);
    const origin = rateStart(options);
    return previousRateFire({ zone, interval, dates }, origin, last);
  }
  for (const day of daysUntil(schedule, latestLocalDay(last))) {
    const selected = dates.previous(day);
    if (selected === null) return null;
    if (selected !== day) continue;
    const fire = [...instantsOf(zone, day, timesOfDay(schedule))].findLast((instant) => instant <= last);
    if (fire !== undefined) return fire >= start ? fire : null;
  }
  return null;
}

/**
 * Asserts that a schedule fires after `after`.
 *
 * @throws InvalidInput (field `schedule`), for example for a past year
 */
export function assertFires(schedule: Schedule, options: Omit<NextFires, 'count'>): void {
  if (nextFire(schedule, options) !== null) return;
  const until = options.endAt == null ? '' : ` and until ${new Date(toEpochMs(options.endAt)).toISOString()}`;
  rejectSchedule(
    `never fires after ${new Date(toEpochMs(options.after)).toISOString()}${until} in ${options.timezone}`,
  );
}
