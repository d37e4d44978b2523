import type { Schedule } from '../../../core/domain/schedule/types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Covers both changes of a year. */
const LOOK_AHEAD_DAYS = 370;

/** A change of a time zone's UTC offset, such as the start of daylight saving time. */
export interface ClockChange {
  /** Epoch milliseconds. */
  readonly at: number;
  /** UTC offsets in milliseconds, before and after the change. */
  readonly before: number;
  readonly after: number;
}

/** Returns the UTC offset changes of a time zone in the year after `from`. */
export function nextClockChanges(timeZone: string, from: number): readonly ClockChange[] {
  const offset = utcOffsetIn(timeZone);
  const changes: ClockChange[] = [];
  for (let day = 0; day < LOOK_AHEAD_DAYS; day++) {
    const [start, end] = [from + day * DAY, from + (day + 1) * DAY];
    const [before, after] = [offset(start), offset(end)];
    if (before !== after) changes.push({ at: findChange(offset, start, end), before, after });
  }
  return changes;
}

/**
 * Describes the effect of clock changes on a schedule, by EventBridge's rule: a skipped local time does not fire, a
 * repeated one fires once.
 *
 * Returns nothing for schedules without an effect. Rate schedules count hours, not local times.
 */
export function describeClockChanges(schedule: Schedule, timeZone: string, from: number): readonly string[] {
  if (schedule.kind !== 'cron') return [];
  return nextClockChanges(timeZone, from).flatMap(({ at, before, after }) => {
    const forward = after > before;
    // The skipped or repeated local times: from the earlier reading of the change to the later one.
    const [low, high] = [at + Math.min(before, after), at + Math.max(before, after)];
    const isAffected = schedule.hours.some((hour) =>
      schedule.minutes.some((minute) => {
        const time = hour * HOUR + minute * 60_000;
        return time >= low % DAY && time < (low % DAY) + (high - low);
      }),
    );
    if (!isAffected) return [];
    const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
    const intro = `On ${day.format(low)} the clocks go ${forward ? 'forward' : 'back'}`;
    const span = `${clock(low)} to ${clock(high)}`;
    return [
      forward ? `${intro}: fires from ${span} are skipped.` : `${intro}: ${span} is repeated and fires only once.`,
    ];
  });
}

const clock = (local: number) => new Date(local).toISOString().slice(11, 16);

function utcOffsetIn(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (time) => {
    const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * 60_000);
  };
}

function findChange(offset: (time: number) => number, start: number, end: number): number {
  const before = offset(start);
  let [low, high] = [start, end];
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === before) low = middle;
    else high = middle;
  }
  // Clocks change at whole minutes.
  return Math.round(high / 60_000) * 60_000;
}
