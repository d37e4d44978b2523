import type { ExternalTarget } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import type { ExternalExecution } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';

/** The run to which an execution belongs, as the execution states it. */
export interface ExecutionOrigin {
  readonly tenant: TenantId;
  /** Public id. */
  readonly runId: string;
  readonly attempt: number;
}

/** The attempt of a run that a service is to execute. */
export interface ExecutionRequest extends ExecutionOrigin {
  readonly target: ExternalTarget;
  readonly jobId: string;
  readonly scheduledAt: string | null;
  /** `undefined` if the run has none. */
  readonly payload?: Json | undefined;
  /** A second start with the same token finds the execution of the first. */
  readonly token: string;
}

/** The result of a start: an execution, or the reason for which the service refuses to start one. */
export type ExecutionStart =
  | { readonly reference: string }
  /** `final`: a new attempt cannot succeed. */
  | { readonly refused: string; readonly final: boolean };

/** The end of an execution. */
export interface ExecutionEnd {
  readonly status: 'ended';
  /** `stopped`: on request; `timeout`: by a timeout of the service. */
  readonly result: 'ok' | 'error' | 'stopped' | 'timeout';
  /** Epoch milliseconds; null if the service does not state it. */
  readonly endedAt: number | null;
  readonly exitCode: number | null;
  /** Human-readable cause; null if the execution succeeded. */
  readonly message: string | null;
  /** The output; empty for none. */
  readonly output: string;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly origin: ExecutionOrigin | null;
}

/** The state of an execution. */
export type ExecutionState =
  | { readonly status: 'active'; readonly origin: ExecutionOrigin | null }
  /** The service has no such execution. */
  | { readonly status: 'unknown' }
  | ExecutionEnd;

/** The execution of a run of which the start may not have been confirmed. */
export type StartedExecution = Pick<ExternalExecution, 'type' | 'target'> & { readonly tenant: TenantId };

/**
 * The services that execute runs. A method rejects if the service is throttled or cannot be reached now; the caller
 * repeats the call later.
 */
export interface ExecutionService {
  /** Starts an execution. A repeated call with the same token returns the same execution. */
  start(request: ExecutionRequest): Promise<ExecutionStart>;
  /**
   * Finds the execution of an earlier start that was not confirmed.
   *
   * @returns its reference, or `undefined` if the service lists none
   * @throws if the target was withdrawn
   */
  find(execution: StartedExecution, token: string): Promise<string | undefined>;
  /**
   * Reads the state of an execution by its ARN.
   *
   * @param execution absent if the run of the execution is not known yet
   */
  describe(reference: string, execution?: StartedExecution): Promise<ExecutionState>;
  /**
   * Reads the end of an execution from the event that reported it, for a service that forgets ended executions.
   *
   * @param event its detail, as the service wrote it
   * @returns `undefined` if the event does not describe the end of this execution
   */
  readEvent(event: unknown, reference: string): Promise<ExecutionEnd | undefined>;
  /**
   * Reads the last lines of the log of an ended execution whose service states no output.
   *
   * @returns an empty text for none
   */
  readLog(reference: string, execution: StartedExecution): Promise<string>;
  /** Requests the stop of an execution. An execution that has ended is left as it is. */
  stop(reference: string, reason: string, execution: StartedExecution): Promise<void>;
}
