import type { RunRef, RunState } from '../run.ts';
import type { OperatorCounts } from './counts.ts';

/** An export or import step of a flow run: one for each source and each sink. */
export interface Child {
  /** The flow run of the step. */
  readonly run: RunRef;
  readonly kind: 'export' | 'import';
  /** Id of the source or sink, and its index in the flow's operators. */
  readonly operator: string;
  readonly index: number;
  /**
   * `running` until the end of the run is written to the row; until then the run and its tasks hold the current state.
   */
  readonly state: RunState;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly purgeAt: string;
  readonly integrationId: string | null;
  /** `stepCounts` of the run's tasks; null until the end of the run is written to the row. */
  readonly counts: OperatorCounts | null;
  readonly doneExporting: boolean;
  /** Ids of the transforms whose errors the step reports: all transforms for the first import, otherwise none. */
  readonly transforms: readonly string[];
}
