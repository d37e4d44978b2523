import type { Flow } from '../../domain/flow/flow.ts';
import type { Task } from '../../domain/flow/task.ts';
import type { Job } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { TriggerRequest } from '../../domain/run-input.ts';
import type { OperatorLog } from '../../executors/flow/flow-context.ts';
import type { OpenFlow } from '../../executors/flow/open-flow.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Platform } from '../../platform/platform.ts';
import type { RecordOwner } from '../../store/run-item.ts';

/**
 * Records which objects a run has read.
 *
 * @returns `false` if some are left for lack of time
 */
export type RecordObjects = (
  platform: Platform & { readonly objects: Objects },
  run: Run,
  tasks: readonly Task[],
) => Promise<boolean>;

/** The platform of the worker. */
export interface FlowPlatform extends Platform {
  readonly objects: Objects;
  /** Milliseconds after which a slice ends at its next page boundary. */
  readonly sliceMs: number;
  readonly recordObjects: RecordObjects;
  /**
   * Opens the operators of a run's flow for one slice.
   *
   * @param tasks number of the run's tasks
   * @param log receives the log lines of the operators
   * @param payload of the run, `$payload` in expressions
   * @throws FlowFailure
   */
  open(flow: Flow, run: RecordOwner, tasks: number, log: OperatorLog, payload?: Json): Promise<OpenFlow>;
  /**
   * Validates the input of a trigger by a script, as the API validates that of an operator.
   *
   * @throws InvalidInput
   * @throws JobdeckError `payload.too_large`, `input.secrets` (forbidden)
   */
  readTriggerInput(job: Job, input: unknown): Promise<TriggerRequest>;
}
