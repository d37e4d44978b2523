import type { Plan } from '../../../domain/flow/plan.ts';
import type { Json } from '../../../domain/json.ts';
import type { Run } from '../../../domain/run.ts';
import type { OpenFlow } from '../../../executors/flow/open-flow.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import type { LeasedTask } from './leased-task.ts';
import type { SliceLatencies } from './slice-latencies.ts';
import type { SliceLog } from './slice-log.ts';

/** Everything that the work on one slice needs. */
export interface SliceContext {
  readonly platform: FlowPlatform;
  /** The run as read at the claim of the slice. */
  readonly run: Run;
  readonly plan: Plan;
  /** The operators of the flow, opened for this slice. */
  readonly openFlow: OpenFlow;
  readonly leased: LeasedTask;
  /** Aborts when the slice must stop at once. */
  readonly signal: AbortSignal;
  /** Aborts with `signal` and when the run starts draining. Waits end then; work on a page continues. */
  readonly waitSignal: AbortSignal;
  /** ULID of the first run of the lineage. */
  readonly lineage: string;
  /** Epoch milliseconds after which the slice ends at its next page boundary. */
  readonly deadline: number;
  /** @returns whether the slice must end at its next page boundary, because the run is being stopped */
  readonly isDraining: () => boolean;
  readonly log: SliceLog;
  readonly latencies: SliceLatencies;
  /** Opens the flow with the payload of another run, for a record that failed in it. The caller closes the flow. */
  readonly openWith: (payload: Json) => Promise<OpenFlow>;
}

/** The end of a slice before its splits are read. The next slice starts after `waitMs` milliseconds. */
export interface SlicePause {
  readonly waitMs: number;
}

/** The state in which a slice leaves its task: `drained` if all splits were read to their end. */
export type SliceProgress = 'drained' | SlicePause;

/** @returns whether the slice must end; a slice without a commit continues past its deadline */
export function isSliceOver({ platform, leased, deadline, isDraining }: SliceContext): boolean {
  return isDraining() || (leased.commits > 0 && platform.now() >= deadline);
}
