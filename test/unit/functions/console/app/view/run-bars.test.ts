import { describe, expect, it } from 'vitest';
import { runBars } from '../../../../../../functions/console/app/view/run-bars.ts';
import { aRun } from '../../../../../helpers/builders/run-view.ts';

describe('runBars', () => {
  it('shows the newest run last, with heights by the square root of the duration and a minimum', () => {
    const runs = [aRun({ id: 3, run_id: 'c', duration_ms: 4_000 }), aRun({ id: 2, run_id: 'b', duration_ms: 1_000 })];

    const bars = runBars([...runs, aRun({ run_id: 'a', status: 'skipped', duration_ms: null })], 24);

    expect(bars.map(({ runId }) => runId)).toEqual(['a', 'b', 'c']);
    expect(bars.map(({ height }) => Math.round(height * 100))).toEqual([18, 59, 100]);
    expect(bars.map(({ label }) => label)).toEqual(['#1: skipped', '#2: succeeded, 1.0 s', '#3: succeeded, 4.0 s']);
  });

  it('shows only the newest runs if there are too many', () => {
    const runs = [3, 2, 1].map((id) => aRun({ id, run_id: String(id) }));
    expect(runBars(runs, 2).map(({ runId }) => runId)).toEqual(['2', '3']);
  });
});
