import { toComputeSeconds } from './compute.ts';
import { DAY_MS } from './timing.ts';

/** Days for which the usage of a day is kept: 13 months. */
export const USAGE_RETENTION_DAYS = 400;

/** Maximum number of days in a report. */
export const MAX_USAGE_DAYS = USAGE_RETENTION_DAYS;

export const USAGE_GROUPS = ['day', 'month'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** The counted usage of a day. */
interface CountedDay {
  readonly day: string;
  readonly runs: number;
  readonly computeMs: number;
  readonly records: number;
  readonly storedBytesChange: number;
}

/** The usage of a day or of a month. */
export interface UsagePeriod {
  /** For example `2026-11-30`, or `2026-11` for a month. */
  readonly period: string;
  readonly runs: number;
  readonly computeSeconds: number;
  readonly records: number;
  /** Stored bytes at the end of the period, or now. */
  readonly storedBytes: number;
}

/** Returns the days from `from` through `through` (both `YYYY-MM-DD`), in order. */
export function listDayNames(from: string, through: string): readonly string[] {
  const [first, last] = [Date.parse(from), Date.parse(through)];
  return Array.from({ length: Math.max(0, (last - first) / DAY_MS + 1) }, (_, i) =>
    new Date(first + i * DAY_MS).toISOString().slice(0, 10),
  );
}

/**
 * Reports the usage of a range of days, with periods without usage.
 *
 * @param counted usage of the days from `from` through today, at most one a day; others count as 0
 * @param storedBytes stored bytes now
 */
export function reportUsage(
  counted: readonly CountedDay[],
  storedBytes: number,
  { from, through, group }: { readonly from: string; readonly through: string; readonly group: UsageGroup },
): readonly UsagePeriod[] {
  const byDay = new Map(counted.map((day) => [day.day, day]));
  const changedLater = counted.filter(({ day }) => day > through).reduce((sum, day) => sum + day.storedBytesChange, 0);
  // The level at the end of a day is known from the days after it, so that it is computed backwards.
  let level = storedBytes - changedLater;
  const periods = new Map<string, { runs: number; computeMs: number; records: number; storedBytes: number }>();
  for (const day of listDayNames(from, through).toReversed()) {
    const { runs = 0, computeMs = 0, records = 0, storedBytesChange = 0 } = byDay.get(day) ?? {};
    const period = group === 'day' ? day : day.slice(0, 7);
    // A correction of the current level also changes those of earlier days.
    const sums = periods.get(period) ?? { runs: 0, computeMs: 0, records: 0, storedBytes: Math.max(0, level) };
    sums.runs += runs;
    sums.computeMs += computeMs;
    sums.records += records;
    periods.set(period, sums);
    level -= storedBytesChange;
  }
  return [...periods]
    .toReversed()
    .map(([period, { computeMs, ...sums }]) => ({ period, ...sums, computeSeconds: toComputeSeconds(computeMs) }));
}

const COLUMNS = 'runs,compute_seconds,records,stored_bytes';

/** Formats a report as CSV (RFC 4180). No value needs quotes. */
export function formatUsageCsv(periods: readonly UsagePeriod[], group: UsageGroup): string {
  const rows = periods.map(({ period, runs, computeSeconds, records, storedBytes }) =>
    [period, runs, computeSeconds, records, storedBytes].join(','),
  );
  return [`${group},${COLUMNS}`, ...rows].map((row) => `${row}\r\n`).join('');
}
