import type { Calendar } from './calendar.ts';
import type { Job } from './job.ts';
import type { DateFilter } from './schedule/date-filter.ts';
import { DAY_MS } from './timing.ts';

/** The calendars that a job names. */
export type NamedCalendars = Pick<Job, 'excludeCalendars' | 'requireCalendars'>;

/** Returns the names of the calendars on which the ticks of a job depend, each once. */
export const calendarsOf = ({ excludeCalendars, requireCalendars }: NamedCalendars): readonly string[] => [
  ...new Set([...excludeCalendars, ...requireCalendars]),
];

/** Returns the day number of a date: days since 1970-01-01. */
const toDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/**
 * Returns the dates that a job's calendars leave: those in every required calendar and in no excluded one. A calendar that
 * does not exist has no dates.
 *
 * @returns `undefined` for a job that names no calendar
 */
export function datesOf(
  job: NamedCalendars,
  calendars: ReadonlyMap<string, Pick<Calendar, 'dates'>>,
): DateFilter | undefined {
  if (calendarsOf(job).length === 0) return undefined;
  const daysOf = (name: string) => (calendars.get(name)?.dates ?? []).map(toDay);
  const excluded = new Set(job.excludeCalendars.flatMap(daysOf));
  const [first, ...others] = job.requireCalendars.map(daysOf);
  if (first === undefined) {
    const walk = (from: number, step: 1 | -1): number => {
      let day = from;
      while (excluded.has(day)) day += step;
      return day;
    };
    return { next: (day) => walk(day, 1), previous: (day) => walk(day, -1) };
  }
  const sets = others.map((days) => new Set(days));
  const selected = first.filter((day) => !excluded.has(day) && sets.every((days) => days.has(day)));
  return {
    next: (day) => selected.find((other) => other >= day) ?? null,
    previous: (day) => selected.findLast((other) => other <= day) ?? null,
  };
}
