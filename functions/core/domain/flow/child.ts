import type { RunRef, RunState } from '../run.ts';
import type { OperatorCounts } from './counts.ts';

/** An export or import step of a flow run: one for each source and each sink. */
export interface Child {
  /** The run it is a step of. */
  readonly run: RunRef;
  readonly kind: 'export' | 'import';
  /** Id of its source or sink, and that operator's index in the flow's operators. */
  readonly operator: string;
  readonly index: number;
  /** `running` until its row has been told of the run's end: meanwhile its run and the run's tasks know better. */
  readonly state: RunState;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly purgeAt: string;
  readonly integrationId: string | null;
  /** `stepCounts` of the run's tasks; null until its row has been told of the run's end. */
  readonly counts: OperatorCounts | null;
  readonly doneExporting: boolean;
  /** Ids of the transforms whose errors belong to the step: all of the flow for its first import, else none. */
  readonly transforms: readonly string[];
}
