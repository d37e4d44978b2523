/**
 * Selects the local dates on which a schedule may fire. Dates are day numbers: days since 1970-01-01. Both methods return
 * `null` if there is no such date.
 */
export interface DateFilter {
  /** Returns the first selected date from `day` on, inclusive. */
  readonly next: (day: number) => number | null;
  /** Returns the last selected date until `day`, inclusive. */
  readonly previous: (day: number) => number | null;
}
