/** Requests and responses of the pipelines API, which calls a run of a flow a job. */

import type { CheckpointSummaryView } from '../../../api/pipelines/checkpoint-view.ts';
import type { JobErrorView } from '../../../api/pipelines/job-errors.ts';
import type { JobMetricsView } from '../../../api/pipelines/job-metrics.ts';
import type { JobState } from '../../../api/pipelines/job-state.ts';
import type { JobView } from '../../../api/pipelines/job-view.ts';
import type { LogLineView } from '../../../api/pipelines/logs.ts';
import type { OperatorMetricsView } from '../../../api/pipelines/operator-metrics.ts';
import type { OutputView } from '../../../api/pipelines/output.ts';

export type PipelineState = JobState;
export type PipelineJob = JobView;
export type PipelineMetrics = JobMetricsView;
export type OperatorSummary = JobMetricsView['operators'][number];
export type OperatorMetrics = OperatorMetricsView;
export type Checkpoint = CheckpointSummaryView;
export type FlowOutput = OutputView;
export type FlowError = JobErrorView;
export type FlowLogLine = LogLineView;

export interface ListResponse<Item> {
  readonly data: readonly Item[];
  readonly has_more: boolean;
}

export type StopMode = 'checkpoint' | 'immediate' | 'force';

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

/** The fields of a source, transform or sink that the console shows. */
export type PipelineOperator = Pick<PipelineJob['configuration']['sources'][number], 'id' | 'name'> & {
  readonly type: string;
  readonly tap?: boolean | undefined;
  /** Branches of a route: the conditions, and the ids of the sinks of each. */
  readonly routes?: readonly { readonly when: string; readonly to: readonly string[] }[] | undefined;
  readonly otherwise?: readonly string[] | undefined;
  /** The expression of a sink whose responses the following sinks wait for. */
  readonly responseMap?: string | undefined;
};

/** The operators of a flow. */
export interface PipelineFlow {
  readonly sources: readonly PipelineOperator[];
  readonly transforms: readonly PipelineOperator[];
  readonly sinks: readonly PipelineOperator[];
}
