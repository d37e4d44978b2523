import type { ActivitySlot, RunStatus } from '../api/types.ts';

/** The series of the activity chart, from bottom to top. */
export const SERIES = ['ok', 'failed', 'canceled', 'active'] as const;
export type Series = (typeof SERIES)[number];

/** Returns the number of runs of a slot that belong to a series. */
export const seriesCount = (slot: ActivitySlot, series: Series): number =>
  series === 'active' ? slot.pending + slot.running : slot[series];

const STATUS_SERIES: Readonly<Record<RunStatus, Series | null>> = {
  ok: 'ok',
  error: 'failed',
  timeout: 'failed',
  canceled: 'canceled',
  // Skipped ticks are not part of the chart.
  skipped: null,
  running: 'active',
  pending: 'active',
};

/** Returns the series of a status; all series for `null`. */
export const seriesFor = (status: RunStatus | null): readonly Series[] =>
  SERIES.filter((series) => status === null || STATUS_SERIES[status] === series);

const HOUR_MS = 3_600_000;

/** The selectable periods of the Activity page. */
export const PERIODS = {
  '1h': { label: 'Last hour', ms: HOUR_MS, slotSeconds: 60, intervalMs: 5_000 },
  '6h': { label: 'Last 6 hours', ms: 6 * HOUR_MS, slotSeconds: 300, intervalMs: 15_000 },
  '24h': { label: 'Last 24 hours', ms: 24 * HOUR_MS, slotSeconds: 900, intervalMs: 30_000 },
  '7d': { label: 'Last 7 days', ms: 168 * HOUR_MS, slotSeconds: 7_200, intervalMs: 60_000 },
} as const;
export type Period = keyof typeof PERIODS;

export const isPeriod = (text: string | null): text is Period => text !== null && Object.hasOwn(PERIODS, text);

/** Labels of run triggers. */
export const TRIGGERS = {
  schedule: 'Schedule',
  manual: 'Manual',
  restart: 'Restart',
  after: 'After other jobs',
} as const;
export type Trigger = keyof typeof TRIGGERS;

export const isTrigger = (text: string | null): text is Trigger => text !== null && Object.hasOwn(TRIGGERS, text);
