import { describe, expect, it } from 'vitest';
import type { Run } from '../../../../../../functions/console/app/api/types.ts';
import { runBars } from '../../../../../../functions/console/app/view/run-bars.ts';

/** Returns a run that completed after two seconds, with the given fields replaced. */
function aRun(run: Partial<Run> = {}): Run {
  return {
    id: 1,
    run_id: 'job.inc.1',
    job_id: 'job',
    status: 'ok',
    created_at: '2026-11-22T12:00:00.000Z',
    started_at: '2026-11-22T12:00:01.000Z',
    finished_at: '2026-11-22T12:00:03.000Z',
    duration_ms: 2_000,
    scheduled_at: null,
    trigger: 'manual',
    attempt: 1,
    job_version: 1,
    exit_code: 0,
    reason: null,
    stdout: '',
    stderr: '',
    items_processed: 0,
    meta: null,
    output_truncated: false,
    acknowledged_at: null,
    acknowledged_by: null,
    acknowledged_note: null,
    redriven_from: null,
    late_start_at: null,
    late_finish_at: null,
    ...run,
  };
}

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
