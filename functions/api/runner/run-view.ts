import { durationOf, type Run, type SkippedTick } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { type OutputTails, toOutputTails } from './output-tail.ts';
import { type RunStatus, runStatus } from './run-status.ts';

/** A run or a skipped tick in the form of the runner contract. */
export interface RunView extends OutputTails {
  /** Number within the job. URLs take `run_id`. */
  readonly id: number;
  readonly job_id: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly status: RunStatus;
  readonly exit_code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `finished_at` − `started_at`, including waits between attempts. */
  readonly duration_ms: number | null;
  /** Milliseconds that the script or request of the last attempt took; `null` for flows and lost runs. */
  readonly execution_ms: number | null;
  readonly run_id: string;
  readonly scheduled_at: string | null;
  readonly trigger: string;
  readonly attempt: number;
  /** Version of the job's definition at the start of the last attempt; see `GET /jobs/{id}/versions/{version}`. */
  readonly job_version: number | null;
  /** Why the run was skipped, failed, was canceled or is waiting; `null` in any other case. */
  readonly reason: string | null;
  readonly created_at: string;
  readonly items_processed: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
  /** Whether more output is stored than `stdout` and `stderr` show; see `GET /jobs/{id}/runs/{run}`. */
  readonly output_truncated: boolean;
  /** Set for a failed run that an operator acknowledged. */
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_note: string | null;
  /** When the platform detected that the run had not started, or not finished, in time. */
  readonly late_start_at: string | null;
  readonly late_finish_at: string | null;
  /** `run_id` of the failed run or missed tick that this run repeats. */
  readonly redriven_from: string | null;
  /** Failure message; `null` unless the run failed. */
  readonly error: string | null;
}

export function toRunView(row: Run | SkippedTick): RunView {
  const ran = row.state === 'skipped' ? undefined : row;
  return {
    id: row.number,
    job_id: row.jobId,
    started_at: ran?.startedAt ?? null,
    finished_at: ran?.finishedAt ?? null,
    status: runStatus(row),
    exit_code: ran?.exitCode ?? null,
    stdout: ran?.stdout ?? '',
    stderr: ran?.stderr ?? '',
    duration_ms: ran ? durationOf(ran) : null,
    execution_ms: ran?.flow === null ? ran.executionMs : null,
    run_id: publicRunId(row),
    scheduled_at: row.scheduledAt,
    trigger: row.trigger,
    attempt: ran?.attempt ?? 0,
    job_version: ran?.jobVersion ?? null,
    reason: toReason(row),
    created_at: row.createdAt,
    items_processed: ran?.itemsProcessed ?? 0,
    meta: ran?.meta ?? null,
    output_truncated: ran !== undefined && ran.stdoutParts + ran.stderrParts > 0,
    acknowledged_at: ran?.acknowledged?.at ?? null,
    acknowledged_by: ran?.acknowledged?.by ?? null,
    acknowledged_note: ran?.acknowledged?.note ?? null,
    late_start_at: ran?.lateStartAt ?? null,
    late_finish_at: ran?.lateFinishAt ?? null,
    redriven_from: ran?.redrivenFrom ? publicRunId({ ...ran, ulid: ran.redrivenFrom }) : null,
    error: ran?.state === 'failed' ? (ran.failure?.message ?? null) : null,
    ...toOutputTails(ran?.stdout ?? '', ran?.stderr ?? ''),
  };
}

const WAITING_REASONS = {
  limit: "waits for one of the tenant's other runs to end",
  overlap: 'waits for the run before it to end',
} as const;

function toReason(row: Run | SkippedTick): string | null {
  switch (row.state) {
    case 'skipped':
      return row.reason;
    case 'queued':
      if (row.waiting) return WAITING_REASONS[row.waiting];
      return row.failure && `to be retried after: ${row.failure.message}`;
    case 'failed':
      return row.failure?.message ?? null;
    case 'canceled':
    case 'stopping':
      return row.canceledBy && `canceled by ${row.canceledBy}`;
    case 'running':
    case 'completed':
      return null;
  }
}

/** Returns the URL path of a run. */
export function runLocation(run: Run): string {
  return `/jobs/${run.jobId}/runs/${publicRunId(run)}`;
}

/** Converts a terminal run to the response of `POST /jobs/{id}/run`. */
export function toResultView(run: Run) {
  const { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated } = toRunView(run);
  return { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated };
}
