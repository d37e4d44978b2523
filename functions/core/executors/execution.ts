import type { ExecutableTarget } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import type { StatePlace } from '../domain/script-state.ts';
import type { TriggerKey } from '../domain/script-trigger.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Output, OutputStreams } from './output/output.ts';
import type { Redaction } from './output/redaction.ts';

/** A tenant's key-value store for scripts, kept between runs: cursors and tokens, for example. */
export interface KeyValueStore {
  /** @returns the value, or `undefined` if there is none */
  get(place: StatePlace): Promise<unknown>;
  /**
   * @param value JSON of at most `MAX_STATE_BYTES`; the caller rejects longer values
   * @param ttlSeconds seconds until the value expires, or `null` for a value that does not expire
   */
  set(place: StatePlace, value: unknown, ttlSeconds: number | null): Promise<void>;
  delete(place: StatePlace): Promise<void>;
}

/** A run that a script started. */
export interface TriggeredRun {
  /** Public id. */
  readonly run: string;
  /** Time at which the run is to start, ISO 8601; `null` for a run that starts at once. */
  readonly run_at: string | null;
  /** An earlier call with the same key, of this or an earlier attempt, has started the run. */
  readonly repeated: boolean;
}

/**
 * Starts a run of a job of the tenant, or returns the run of an earlier call with the same key.
 *
 * @param input the fields of a trigger, unvalidated
 * @throws JobdeckError
 */
export type TriggerRun = (jobId: string, key: TriggerKey, input: unknown) => Promise<TriggeredRun>;

/** One attempt of a run: the target and its limits. */
export interface Execution {
  readonly runId: string;
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly attempt: number;
  readonly scheduledAt: string | null;
  /** The target of the job, changed by the input of the run. */
  readonly target: ExecutableTarget;
  /** `undefined` if the run has none. */
  readonly payload?: Json | undefined;
  readonly timeoutMs: number;
  /** Aborts on cancel and on a lost lease. A script receives SIGTERM and, 5 s later, SIGKILL; a request is dropped. */
  readonly signal: AbortSignal;
  readonly state: KeyValueStore;
  readonly trigger: TriggerRun;
  /**
   * Receives the streams as soon as they exist, for reading while the attempt runs.
   *
   * @default the streams are not observed
   */
  readonly onOutput?: (streams: OutputStreams) => void;
  /**
   * Redacts the secrets contained in the target.
   *
   * @default the target contains no secrets
   */
  readonly redaction?: Redaction | undefined;
}

/** The result of an attempt. A failing target is an outcome, never an exception. */
export interface Outcome {
  /** `lost`: another service executed the run and has no such execution any more. */
  readonly status: 'ok' | 'error' | 'timeout' | 'aborted' | 'lost';
  /**
   * `null` for `http` targets and after a timeout or an abort that ended with SIGKILL; 128 + signal number for a
   * signal.
   */
  readonly exitCode: number | null;
  /**
   * Human-readable cause ("exit code 3", "out of memory: over 256 MB", "HTTP 503 from …"); `null` if the attempt
   * succeeded.
   */
  readonly message: string | null;
  /** A retry cannot succeed. @default false */
  readonly final?: boolean;
  /** Milliseconds to wait before the next attempt, at most `LONGEST_RETRY_AFTER_MS`. @default 0 */
  readonly retryAfterMs?: number;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly durationMs: number;
  /** The number that the script reported; 0 without a report. */
  readonly itemsProcessed: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
}
