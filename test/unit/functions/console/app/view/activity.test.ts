import { describe, expect, it } from 'vitest';
import { SERIES, seriesCount, seriesFor } from '../../../../../../functions/console/app/view/activity.ts';

describe('the activity chart', () => {
  const slot = { start: '2026-11-22T12:00:00.000Z', pending: 1, running: 2, ok: 3, failed: 4, canceled: 5 };

  it('adds up queued and running runs', () => {
    expect(SERIES.map((series) => seriesCount(slot, series))).toEqual([3, 4, 5, 3]);
  });

  it('shows only the series of the selected status', () => {
    expect(seriesFor(null)).toEqual(SERIES);
    expect((['ok', 'error', 'timeout', 'running'] as const).map(seriesFor)).toEqual([
      ['ok'],
      ['failed'],
      ['failed'],
      ['active'],
    ]);
  });
});
