import type { Run } from '../api/wire.ts';

/** What the chart of activity tells apart. */
export const SERIES = ['ok', 'failed', 'other', 'active'] as const;
export type Series = (typeof SERIES)[number];

export interface Slot {
  /** When it begins, in epoch milliseconds. */
  readonly start: number;
  readonly counts: Readonly<Record<Series, number>>;
}

/** Runs by the slot of time they were made in, oldest first; slots without runs too. */
export function slotsOf(runs: readonly Run[], from: number, to: number, slotMs: number): readonly Slot[] {
  const first = Math.floor(from / slotMs) * slotMs;
  const count = Math.max(1, Math.ceil((to - first) / slotMs));
  const slots = Array.from({ length: count }, (_, i) => ({
    start: first + i * slotMs,
    counts: { ok: 0, failed: 0, other: 0, active: 0 },
  }));
  for (const run of runs) {
    const slot = slots[Math.floor((Date.parse(run.created_at) - first) / slotMs)];
    if (slot) slot.counts[seriesOf(run)] += 1;
  }
  return slots;
}

export function seriesOf({ status }: Run): Series {
  switch (status) {
    case 'ok':
      return 'ok';
    case 'error':
    case 'timeout':
      return 'failed';
    case 'canceled':
    case 'skipped':
      return 'other';
    case 'running':
    case 'pending':
      return 'active';
  }
}

/** The periods that activity can be looked at over. */
export const PERIODS = {
  '1h': { label: 'Last hour', ms: 3_600_000, slotMs: 60_000 },
  '6h': { label: 'Last 6 hours', ms: 6 * 3_600_000, slotMs: 5 * 60_000 },
  '24h': { label: 'Last 24 hours', ms: 24 * 3_600_000, slotMs: 15 * 60_000 },
} as const;
export type Period = keyof typeof PERIODS;

export const isPeriod = (text: string | null): text is Period => text !== null && text in PERIODS;
