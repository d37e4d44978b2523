import type { RecordCounts } from './flow/counts.ts';
import type { Stop } from './flow/stop.ts';
import type { RunInput } from './run-input.ts';
import type { Priority } from './run-priority.ts';
import type { TenantId } from './tenant.ts';

export const ACTIVE_STATES = ['queued', 'running', 'stopping'] as const;
export const TERMINAL_STATES = ['completed', 'failed', 'canceled'] as const;
export type ActiveState = (typeof ACTIVE_STATES)[number];
export type TerminalState = (typeof TERMINAL_STATES)[number];
export type RunState = ActiveState | TerminalState;

/** `after`: the end of upstream runs. */
export const TRIGGERS = ['schedule', 'manual', 'restart', 'after'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** The key of a run: its job, the job's incarnation, and the ULID. */
export interface RunRef {
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly ulid: string;
}

/**
 * The exclusive right to write a running run. Each claim creates a new token, and every write of the holder is
 * conditional on it.
 */
export interface Lease {
  readonly token: string;
  readonly until: string;
}

export interface Failure {
  readonly kind: 'error' | 'timeout' | 'lost';
  readonly message: string;
}

/** Records that a failed run has been handled. */
export interface Acknowledgement {
  readonly at: string;
  readonly by: string;
  readonly note: string | null;
}

/** The result of an attempt. */
export interface RunResult {
  readonly exitCode: number | null;
  /** Execution time of the last attempt's script or request in milliseconds; null if unknown. */
  readonly executionMs: number | null;
  /** The last lines of each stream; the whole output is in the Records table if the stream has parts. */
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutParts: number;
  readonly stderrParts: number;
  readonly itemsProcessed: number;
  /** Bytes stored by the run: output, an input that is stored apart and, for a flow, records, log lines and checkpoints. */
  readonly storedBytes: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
}

/** The result of a run that has not ended or whose worker was lost. */
export const NO_RESULT: RunResult = {
  exitCode: null,
  executionMs: null,
  stdout: '',
  stderr: '',
  stdoutParts: 0,
  stderrParts: 0,
  itemsProcessed: 0,
  storedBytes: 0,
  meta: null,
};

/** The origin of a restarted run. */
export interface Restart {
  /** ULID of the run that was restarted. */
  readonly from: string;
  /** Epoch of the checkpoint; null for a restart from the beginning. */
  readonly epoch: number | null;
  readonly parallelism: number;
  /** Set if the parallelism differs from that of the previous run. */
  readonly rescaled: boolean;
}

/** The plan of a flow run. */
export interface FlowPlanRef {
  readonly attempt: number;
  readonly tasks: number;
  /** Present if the objects that the run reads are recorded at its end. */
  readonly recordsObjects?: true;
}

/** Additional fields of a flow run. */
export interface FlowDetails {
  /** ULID of the first run of the lineage: the run itself unless it was restarted from another. */
  readonly lineage: string;
  /** Id of the flow's first source at the creation of the run. */
  readonly exportId: string;
  /** Absent unless the run was restarted from another. */
  readonly restart?: Restart;
  /** The attempt that planned the run, and its number of tasks. A planned run has no lease; its tasks have. */
  readonly plan: FlowPlanRef | null;
  /** Totals of the tasks, set at the end of the run. */
  readonly ended: { readonly records: RecordCounts; readonly doneExporting: boolean } | null;
}

/**
 * The execution of a run by another service: a task of Amazon ECS, or an execution of Step Functions. No worker is held
 * while it lasts.
 */
export interface ExternalExecution {
  readonly type: 'container' | 'stateMachine';
  /** Name of the declared target. */
  readonly target: string;
  /** ARN of the execution; null until its start is confirmed. */
  readonly reference: string | null;
  /** Time at which the execution is stopped, ISO 8601. */
  readonly deadlineAt: string;
  /**
   * Time at which the service had no such execution, or listed none or refused to show or stop it for a run that was to end,
   * ISO 8601. Absent before, and after the service has shown the execution and stopped it if requested.
   */
  readonly unresolvedAt?: string;
  /** Error of the newest start that was not confirmed, for the tenant. Absent if no start failed. */
  readonly startError?: string;
}

/**
 * The place of a run in a chain: the runs that started one after another from the same tick or trigger, with those that
 * their scripts started. A run without a place is the first of its chain.
 */
export interface ChainPlace {
  /**
   * Equal for the runs that follow one tick or trigger: the scheduled time of the tick, or the ULID of the run that a request
   * or a script started.
   */
  readonly key: string;
  /** Public id of the first run; null if that is the run itself. */
  readonly root: string | null;
  /** Public id of the run that started this run; null for the first run and its redrives. */
  readonly parent: string | null;
  /** Number of runs before this one, from the first run on. */
  readonly depth: number;
  /** Number of these starts that scripts requested. */
  readonly triggers: number;
  /** Hash of the request of a script for this run, by which a repeat is distinguished from another request. */
  readonly requestHash?: string;
}

/** One execution of a job. */
export interface Run extends RunRef, RunResult {
  /** 1, 2, 3… within the job; skipped ticks share the sequence. */
  readonly number: number;
  readonly state: RunState;
  readonly trigger: Trigger;
  readonly createdAt: string;
  /** Time of the tick that created the run, or the run that it repeats; null for a manual run. */
  readonly scheduledAt: string | null;
  /** Start of the first attempt. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** 0 until the first claim; incremented by each claim. */
  readonly attempt: number;
  /** Start of the newest attempt if it is not the first; otherwise null. */
  readonly attemptStartedAt: string | null;
  /** Version of the job's definition at the start of the newest attempt; null before the first. */
  readonly jobVersion: number | null;
  /** Reason for which a queued run must not be claimed; `delay`: it has not been decided yet whether it starts. */
  readonly waiting: 'delay' | 'limit' | 'overlap' | 'concurrency' | null;
  /** Requested start of a run that was created earlier; otherwise null. Can be changed until the run starts. */
  readonly runAt: string | null;
  /** Earliest time at which a queued run may be claimed (backoff of a retry). */
  readonly dueAt: string | null;
  /** Last repetition of a queued run's message, and the number of repetitions. */
  readonly sentAt: string | null;
  readonly resends: number;
  readonly lease: Lease | null;
  /** A run waits for the lock or the slot that this run holds, so that its end transfers them. */
  readonly awaited: boolean;
  readonly canceledBy: string | null;
  readonly failure: Failure | null;
  /**
   * Compute time in milliseconds before the last attempt: of failed and lost attempts, and of the slices of a flow run
   * (`compute.ts`). `executionMs` adds the last attempt.
   */
  readonly priorComputeMs: number;
  /** Day (UTC) on which slices of the running flow were last added, for example `2026-11-30`; null if none were. */
  readonly computeDay: string | null;
  /** Failed runs only. */
  readonly acknowledged: Acknowledgement | null;
  /** ULID of the failed run or missed tick of the same job that this run repeats; otherwise null. */
  readonly redrivenFrom: string | null;
  /** Id of the backfill to which the run belongs; otherwise null. Such a run takes no lock of its job. */
  readonly backfill: string | null;
  /** Time at which a late start, or a late finish, was detected; null if the run is on time. */
  readonly lateStartAt: string | null;
  readonly lateFinishAt: string | null;
  /** The input beside the definition of the job; null for none, and for an input that is stored apart. */
  readonly input: RunInput | null;
  /** Size of an input that is stored apart from the row, in bytes; otherwise 0. */
  readonly inputBytes: number;
  readonly tags: readonly string[];
  readonly note: string | null;
  readonly priority: Priority;
  /** Time at which the run is canceled if its first attempt has not started, ISO 8601; null for none. */
  readonly expiresAt: string | null;
  /** Name of the value that the payload has at the job's concurrency key (`run-keys.ts`); null for a job without one. */
  readonly concurrencyKey: string | null;
  /** The same for the job's throttle. */
  readonly throttleKey: string | null;
  /**
   * Set if the throttle of the job has reserved the start at `runAt`: the time at which the run was to start before, ISO 8601;
   * otherwise null.
   */
  readonly throttledFrom: string | null;
  /** Null for the first run of a chain. */
  readonly chain: ChainPlace | null;
  /** Jobs depended on the run's job when the run started, so that its end may start runs of them. */
  readonly followed: boolean;
  readonly integrationId: string | null;
  /** Null for scripts and HTTP requests. */
  readonly flow: FlowDetails | null;
  /** The execution of the newest attempt by another service; null for other runs, and while the run is queued. */
  readonly external: ExternalExecution | null;
  /** The stop request of a flow run; null without a request, or for a plain cancel. */
  readonly stop: Stop | null;
  /** The newest counter rebuild that includes the run; 0 for none. */
  readonly generation: number;
  /** Time at which the row expires: end + retention, or the earliest possible time while the run is active. */
  readonly purgeAt: string;
}

/** A run of a flow. */
export type RunWithFlow = Run & { readonly flow: FlowDetails };

export const isFlowRun = (run: Run): run is RunWithFlow => run.flow !== null;

export const SKIP_REASONS = ['overlap', 'disabled', 'late', 'missed', 'storage', 'compute', 'upstream_late'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** A tick, or a start after upstream runs, that did not become a run. */
export interface SkippedTick extends RunRef {
  readonly number: number;
  readonly state: 'skipped';
  readonly trigger: 'schedule' | 'after';
  readonly reason: SkipReason;
  /** Time of the tick, or of the end of the upstream runs. */
  readonly scheduledAt: string;
  /** Null for a tick. */
  readonly chain: ChainPlace | null;
  readonly createdAt: string;
  readonly purgeAt: string;
}

/**
 * Returns the duration of a run, for every surface and counter: from the start of its first attempt to its end.
 *
 * @returns milliseconds, at least 0 (the two clocks may differ); null for a run that has not ended or never started
 */
export function durationOf({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>): number | null {
  if (startedAt === null || finishedAt === null) return null;
  return Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
}

/** The result of an ended run in the runner contract, and for scripts. */
export type TerminalStatus = 'ok' | 'error' | 'timeout' | 'canceled';

export function terminalStatus(state: TerminalState, timedOut: boolean): TerminalStatus {
  switch (state) {
    case 'completed':
      return 'ok';
    case 'failed':
      return timedOut ? 'timeout' : 'error';
    case 'canceled':
      return 'canceled';
  }
}

export function isTerminal(state: RunState): state is TerminalState {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}
