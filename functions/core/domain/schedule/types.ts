/**
 * Selects days of a month on which a cron schedule fires. EventBridge Scheduler can express each rule in one
 * expression. Months are 1–12, weekdays 0–6 from Sunday, as in `Date.getUTCDay`.
 */
export type DayRule =
  /** These days of the month; a day that a month does not have is skipped. */
  | { readonly kind: 'dates'; readonly days: readonly number[] }
  /** `L`, or `L-3`: the last day of the month, or that many days before it. */
  | { readonly kind: 'last-date'; readonly before: number }
  /** `LW`: the last Monday-to-Friday of the month. */
  | { readonly kind: 'last-workday' }
  /** `15W`: the Monday-to-Friday nearest to the day, within the month. */
  | { readonly kind: 'nearest-workday'; readonly day: number }
  | { readonly kind: 'weekdays'; readonly days: readonly number[] }
  /** `5#2`: the second Friday. */
  | { readonly kind: 'nth-weekday'; readonly day: number; readonly nth: number }
  /** `5L`: the last Friday. */
  | { readonly kind: 'last-weekday'; readonly day: number };

/** Fires at every minute of `hours` × `minutes` on the days that match any rule of `days`. All lists ascend. */
export interface CronSchedule {
  readonly kind: 'cron';
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** One rule, or two if Unix cron restricts both day fields; the schedule then fires on the days of either. */
  readonly days: readonly DayRule[];
  readonly months: readonly number[];
  /** Within 1970–2199, the years that EventBridge supports. */
  readonly years: readonly number[];
}

/** Fires every `value` units from its anchor. A day is 24 hours, regardless of clock changes. */
export interface RateSchedule {
  readonly kind: 'rate';
  readonly value: number;
  readonly unit: 'minute' | 'hour' | 'day';
}

/** Fires once, at a local time of the schedule's time zone. */
export interface AtSchedule {
  readonly kind: 'at';
  /** The local time in the representation of `Date.UTC`. */
  readonly local: number;
}

export type Schedule = CronSchedule | RateSchedule | AtSchedule;

export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2199;
