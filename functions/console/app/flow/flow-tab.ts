import type { PipelineJob } from '../api/pipeline-types.ts';

/** Properties of each tab on the page of a flow run. */
export interface FlowTabProps {
  readonly job: PipelineJob;
  /** The selected operator; `null` for all. */
  readonly operator: string | null;
  /** Poll interval in milliseconds; `undefined` once the run has ended. */
  readonly intervalMs: number | undefined;
}
