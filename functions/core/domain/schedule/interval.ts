import { DAY_MS, HOUR_MS, MINUTE_MS } from '../timing.ts';
import { daysFrom } from './calendar.ts';
import { rateMs } from './fires.ts';
import type { CronSchedule, Schedule } from './types.ts';

/** Number of years after which dates fall on the same weekdays again. */
const CYCLE_YEARS = 28;

/**
 * Returns the smallest interval between two consecutive fires in milliseconds of local time; Infinity for at most one
 * fire. Clock changes, which bring two fires closer once a year, do not count.
 */
export function minimumIntervalMs(schedule: Schedule): number {
  switch (schedule.kind) {
    case 'at':
      return Number.POSITIVE_INFINITY;
    case 'rate':
      return rateMs(schedule);
    case 'cron':
      return cronInterval(schedule);
  }
}

function cronInterval(cron: CronSchedule): number {
  const times = cron.hours.flatMap((hour) => cron.minutes.map((minute) => hour * HOUR_MS + minute * MINUTE_MS));
  const withinDay = smallestGap(times);
  const overnight = smallestDayGap(cron) * DAY_MS - ((times.at(-1) ?? 0) - (times[0] ?? 0));
  return Math.min(withinDay, overnight);
}

/** Returns the smallest interval between two days with fires, in days. */
function smallestDayGap(cron: CronSchedule): number {
  const first = cron.years[0] ?? 0;
  const years = cron.years.filter((year) => year <= first + CYCLE_YEARS);
  let smallest = Number.POSITIVE_INFINITY;
  let previous = Number.NEGATIVE_INFINITY;
  for (const day of daysFrom({ ...cron, years }, 0)) {
    smallest = Math.min(smallest, day - previous);
    if (smallest === 1) break;
    previous = day;
  }
  return smallest;
}

function smallestGap(ascending: readonly number[]): number {
  return ascending.reduce((smallest, time, i) => Math.min(smallest, time - (ascending[i - 1] ?? -Infinity)), Infinity);
}
