import type { Flow } from '../../domain/flow/flow.ts';
import type { RunRef } from '../../domain/run.ts';
import type { OperatorLog } from '../../executors/flow/flow-context.ts';
import type { OpenFlow } from '../../executors/flow/open-flow.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Platform } from '../../platform/platform.ts';

/** What the life of a flow run needs beside. */
export interface FlowPlatform extends Platform {
  readonly objects: Objects;
  /** Milliseconds after which a slice ends with the page in hand. */
  readonly sliceMs: number;
  /**
   * The operators of a run's flow, for one slice.
   *
   * @param tasks how many tasks the run has
   * @param log what its operators have to say
   * @throws FlowFailure
   */
  open(flow: Flow, run: RunRef, tasks: number, log: OperatorLog): Promise<OpenFlow>;
}
