import { USAGE_GROUPS, type UsageGroup } from '../../../core/domain/usage-report.ts';
import type { UsagePeriod } from '../api/types.ts';

/** Days and months that the page shows if the URL has no range. */
const DEFAULT_DAYS = 30;
const DEFAULT_MONTHS = 12;
const DAY_MS = 86_400_000;

export const GROUP_LABELS: Readonly<Record<UsageGroup, string>> = { day: 'Day', month: 'Month' };

export const isUsageGroup = (text: string | null): text is UsageGroup => USAGE_GROUPS.some((group) => group === text);

/** The figures that the chart can show. */
export const FIGURES = { runs: 'Runs', compute_seconds: 'Compute seconds', records: 'Records' } as const;
export type Figure = keyof typeof FIGURES;

export const isFigure = (text: string | null): text is Figure => text !== null && Object.hasOwn(FIGURES, text);

/** An inclusive range of days (`YYYY-MM-DD`, UTC). */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

const toDay = (time: number) => new Date(time).toISOString().slice(0, 10);

/**
 * Returns the last 30 days, or the last 12 months including the current one.
 *
 * @param now epoch milliseconds
 */
export function defaultRange(group: UsageGroup, now: number): DayRange {
  const to = toDay(now);
  if (group === 'day') return { from: toDay(now - (DEFAULT_DAYS - 1) * DAY_MS), to };
  const date = new Date(now);
  return { from: toDay(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - DEFAULT_MONTHS + 1, 1)), to };
}

/** Returns the day (`2026-11-30`) or month (`2026-11`) of a period. */
export const periodName = ({ day, month }: UsagePeriod): string => day ?? month ?? '';

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const monthFormat = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Formats a period: `30 Nov 2026`, `November 2026`. */
export function formatPeriod(period: UsagePeriod): string {
  const format = period.day === undefined ? monthFormat : dayFormat;
  return format.format(Date.parse(periodName(period)));
}

/**
 * Returns the start of a period on the time axis of a chart, in epoch milliseconds: midnight in the time zone of the
 * browser, so that bars and labels of the axis match. The period itself starts at midnight UTC.
 */
export function chartStart(period: UsagePeriod): number {
  const [year = 0, month = 1, day = 1] = periodName(period).split('-').map(Number);
  return new Date(year, month - 1, day).getTime();
}

export type UsageTotals = Pick<UsagePeriod, 'runs' | 'compute_seconds' | 'records'>;

/** Returns the sums of all periods. */
export function sumUsage(periods: readonly UsagePeriod[]): UsageTotals {
  const sum = (figure: Figure) => periods.reduce((total, period) => total + period[figure], 0);
  return { runs: sum('runs'), compute_seconds: sum('compute_seconds'), records: sum('records') };
}
