import type { RunView } from '../../../functions/api/runner/run-view.ts';

/** Returns a run that completed after two seconds, with the given fields replaced. */
export function aRun(run: Partial<RunView> = {}): RunView {
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
    execution_ms: 2_000,
    error: null,
    stdout_tail: '',
    stderr_tail: '',
    acknowledged_at: null,
    acknowledged_by: null,
    acknowledged_note: null,
    redriven_from: null,
    late_start_at: null,
    late_finish_at: null,
    ...run,
  };
}
