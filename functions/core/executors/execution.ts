import type { ExecutableTarget } from '../domain/job.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Output } from './output/output.ts';
import type { Redaction } from './output/redaction.ts';

/** A tenant's own values that survive runs: the cursors and tokens of its scripts. */
export interface KeyValueStore {
  /** The value, or undefined when there is none. */
  get(key: string): Promise<unknown>;
  /** `value` is JSON of at most `MAX_STATE_BYTES` (`script/protocol.ts`): longer ones never reach the store. */
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A stream that is being written. */
export interface PartialOutput {
  /** What there is of it from this character on, in at most so many bytes of UTF-8; secrets are hidden in it. */
  textFrom(offset: number, bytes: number): string;
}

/** The streams that an attempt writes. */
export type OutputStreams = Readonly<Partial<Record<'stdout' | 'stderr', PartialOutput>>>;

/** One attempt of a run: what to execute, and under which bounds. */
export interface Execution {
  readonly runId: string;
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly attempt: number;
  readonly scheduledAt: string | null;
  readonly target: ExecutableTarget;
  readonly timeoutMs: number;
  /** A cancel, or a lost lease: a script gets SIGTERM, and SIGKILL 5 s later; a request is dropped. */
  readonly signal: AbortSignal;
  readonly state: KeyValueStore;
  /**
   * Is given the streams as soon as there are some, to look into while the attempt goes on.
   *
   * @default nobody looks
   */
  readonly onOutput?: (streams: OutputStreams) => void;
  /**
   * Hides the secrets that are in the target.
   *
   * @default there are none
   */
  readonly redaction?: Redaction | undefined;
}

/** How an attempt ended. A target that fails is an outcome, never an exception. */
export interface Outcome {
  readonly status: 'ok' | 'error' | 'timeout' | 'aborted';
  /** Null after a timeout or an abort that had to kill, and for `http`; 128 + number for a signal. */
  readonly exitCode: number | null;
  /** The cause in words ("exit code 3", "out of memory: over 256 MB", "HTTP 503 from …"); null when ok. */
  readonly message: string | null;
  /** No further attempt would do better. @default false */
  readonly final?: boolean;
  /** Milliseconds, up to `LONGEST_RETRY_AFTER_MS`, before which no further attempt is wanted. @default 0 */
  readonly retryAfterMs?: number;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly durationMs: number;
  /** What the script reported; 0 when it reported nothing. */
  readonly itemsProcessed: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
}
