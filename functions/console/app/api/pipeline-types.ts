import type { JobState } from '../../../api/pipelines/job-state.ts';

/**
 * Responses of the pipelines API, limited to the fields that the console reads. Times are epoch milliseconds, sizes
 * bytes.
 */

/** The pipelines API calls a run of a flow a job. */
export type PipelineState = JobState;

export interface PipelineOperator {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly tap?: boolean;
}

export interface PipelineFlow {
  readonly sources: readonly PipelineOperator[];
  readonly transforms: readonly PipelineOperator[];
  readonly sinks: readonly PipelineOperator[];
}

/** `GET /api/v1/jobs/{id}` */
export interface PipelineJob {
  readonly id: string;
  readonly state: PipelineState;
  readonly tasks: number;
  readonly parallelism: number;
  readonly restarted_from: string | null;
  readonly checkpoint_id: string | null;
  /** The flow as it was defined when the run started. */
  readonly configuration: PipelineFlow;
}

/** Milliseconds; `null` if nothing was measured. */
interface Latency {
  readonly latency_p50: number | null;
  readonly latency_p95: number | null;
  readonly latency_p99: number | null;
}

interface Records {
  readonly records_in: number;
  readonly records_out: number;
  readonly errors: number;
  readonly warnings: number;
}

export interface OperatorSummary extends Records, Latency {
  /** Share of the tasks' time that they waited for downstream operators, 0–1; `null` if nothing was measured. */
  readonly backpressure: number | null;
  readonly operator_id: string;
  readonly operator_name: string;
}

/** `GET /api/v1/jobs/{id}/metrics` */
export interface PipelineMetrics extends Records, Latency {
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** Records read per second, over the last minute. */
  readonly throughput: number;
  /** Share of the tasks' time that they waited for sinks, 0–1. */
  readonly backpressure: number | null;
  /** In topological order: sources first, sinks last. */
  readonly operators: readonly OperatorSummary[];
}

export interface SubtaskMetrics extends Records {
  /** Index of the task within the run. */
  readonly subtask_index: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
}

/** `GET /api/v1/jobs/{id}/operators/{operator_id}/metrics` */
export interface OperatorMetrics {
  readonly operator_id: string;
  readonly metrics: { readonly backpressure: number | null; readonly idle_time_percent: number | null };
  readonly subtask_metrics: readonly SubtaskMetrics[];
}

/** An entry of `GET /api/v1/jobs/{id}/checkpoints` */
export interface Checkpoint {
  readonly id: string;
  readonly epoch: number;
  readonly start_time: number;
  readonly finish_time: number | null;
  readonly state: 'in_progress' | 'completed' | 'failed';
  readonly size_bytes: number;
  readonly cause: 'timer' | 'request' | 'stop';
  readonly pinned: boolean;
}

/** `GET /api/v1/jobs/{id}/output` */
export interface FlowOutput {
  readonly data: readonly { readonly timestamp: number; readonly record: unknown }[];
  /** All records that the operators emitted; only the first ones are stored. */
  readonly total_records: number;
  readonly has_more: boolean;
}

/** An entry of `GET /api/v1/jobs/{id}/errors` */
export interface FlowError {
  readonly id: string;
  readonly timestamp: number;
  readonly level: 'error' | 'warning';
  readonly operator_id: string | null;
  /** `null` if the run was not planned yet. */
  readonly task_index: number | null;
  readonly message: string;
  readonly details: string | null;
  /** The record as the operator received it; `null` if no record caused the error. */
  readonly record: string | null;
}

/** An entry of `GET /api/v1/jobs/{id}/logs` */
export interface FlowLogLine {
  readonly id: string;
  readonly timestamp: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly operator_id: string | null;
  /** `null` if the run was not planned yet. */
  readonly task_index: number | null;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ListResponse<Item> {
  readonly data: readonly Item[];
  readonly has_more: boolean;
}

export const STOP_MODES = ['checkpoint', 'immediate', 'force'] as const;
export type StopMode = (typeof STOP_MODES)[number];

/** An error in a definition. `position` is the number of characters of an expression before the error. */
export interface DefinitionError {
  readonly field: string;
  readonly message: string;
  readonly position?: number;
}

/** `POST /api/v1/pipelines/validate` */
export interface Validation {
  readonly valid: boolean;
  readonly errors?: readonly DefinitionError[];
}
