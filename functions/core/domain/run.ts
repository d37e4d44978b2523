import type { RecordCounts } from './flow/counts.ts';
import type { Stop } from './flow/stop.ts';
import type { TenantId } from './tenant.ts';

export const ACTIVE_STATES = ['queued', 'running', 'stopping'] as const;
export const TERMINAL_STATES = ['completed', 'failed', 'canceled'] as const;
export type ActiveState = (typeof ACTIVE_STATES)[number];
export type TerminalState = (typeof TERMINAL_STATES)[number];
export type RunState = ActiveState | TerminalState;

export type Trigger = 'schedule' | 'manual' | 'restart';

/** Where a run lives: its job, that job's incarnation, and its ULID. */
export interface RunRef {
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly ulid: string;
}

/** The right to write a running run: each claim makes a new token, and every write of its holder carries it. */
export interface Lease {
  readonly token: string;
  readonly until: string;
}

export interface Failure {
  readonly kind: 'error' | 'timeout' | 'lost';
  readonly message: string;
}

/** Somebody saw that a run failed and has dealt with it. */
export interface Acknowledgement {
  readonly at: string;
  readonly by: string;
  readonly note: string | null;
}

/** What an attempt left behind. */
export interface RunResult {
  readonly exitCode: number | null;
  /** Milliseconds that the script or request of the last attempt took; null if unknown. */
  readonly executionMs: number | null;
  /** The last lines of each stream; the whole is in Records when the stream has parts. */
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutParts: number;
  readonly stderrParts: number;
  readonly itemsProcessed: number;
  /** Bytes that it left behind: output, and what a flow keeps of its records, log and checkpoints. */
  readonly storedBytes: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
}

/** Of a run that has not ended, or whose worker was lost. */
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

/** What a run goes on from that was restarted. */
export interface Restart {
  /** ULID of the run it was restarted from. */
  readonly from: string;
  /** Epoch of the checkpoint; null: from the beginning. */
  readonly epoch: number | null;
  readonly parallelism: number;
  /** It has another parallelism than the run before. */
  readonly rescaled: boolean;
}

/** What a run of a flow has beside. */
export interface FlowDetails {
  /** ULID of the first run of its lineage: its own, unless it was restarted from another. */
  readonly lineage: string;
  /** Id of the flow's first source when the run was made. */
  readonly exportId: string;
  /** Absent of a run that was not restarted from another. */
  readonly restart?: Restart;
  /** Which attempt dealt its splits, to how many tasks: from then on the tasks have leases, and the run has none. */
  readonly plan: { readonly attempt: number; readonly tasks: number } | null;
  /** What its tasks did, once it has ended; before, they say. */
  readonly ended: { readonly records: RecordCounts; readonly doneExporting: boolean } | null;
}

/** One execution of a job. */
export interface Run extends RunRef, RunResult {
  /** 1, 2, 3… within the job, shared with its skipped ticks. */
  readonly number: number;
  readonly state: RunState;
  readonly trigger: Trigger;
  readonly createdAt: string;
  /** The tick that made it, or that made the run it does again; null for a manual run. */
  readonly scheduledAt: string | null;
  /** Start of the first attempt. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** 0 until first claimed; raised by each claim. */
  readonly attempt: number;
  /** Start of the newest attempt, if that is not the first; else null. */
  readonly attemptStartedAt: string | null;
  /** Version of the job's definition that the newest attempt began with; null before the first. */
  readonly jobVersion: number | null;
  /** Queued, and not to be claimed before the cause is gone. */
  readonly waiting: 'limit' | 'overlap' | null;
  /** Queued, and not to be claimed before this time (a retry's backoff). */
  readonly dueAt: string | null;
  /** Queued, and sent again since it was made: when last, and how often. */
  readonly sentAt: string | null;
  readonly resends: number;
  readonly lease: Lease | null;
  readonly canceledBy: string | null;
  readonly failure: Failure | null;
  /** Of a failed run only. */
  readonly acknowledged: Acknowledgement | null;
  /** ULID of the failed run, or the missed tick, of the same job that it does again; null of all others. */
  readonly redrivenFrom: string | null;
  /** When it was found that it had not started, or not ended, by when its job wants it to; null: it was not. */
  readonly lateStartAt: string | null;
  readonly lateFinishAt: string | null;
  readonly integrationId: string | null;
  /** Null of a script and a request. */
  readonly flow: FlowDetails | null;
  /** How a flow run is being, or was, stopped; null when it was only cancelled, or never. */
  readonly stop: Stop | null;
  /** The newest rebuild of the counters that has counted the run; 0: none did. */
  readonly generation: number;
  /** When the row goes: end + retention, or the earliest that can be while it is active. */
  readonly purgeAt: string;
}

/** A run of a flow. */
export type RunWithFlow = Run & { readonly flow: FlowDetails };

export const isFlowRun = (run: Run): run is RunWithFlow => run.flow !== null;

export const SKIP_REASONS = ['overlap', 'disabled', 'late', 'missed', 'storage'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** A tick that did not become a run. */
export interface SkippedTick extends RunRef {
  readonly number: number;
  readonly state: 'skipped';
  readonly trigger: 'schedule';
  readonly reason: SkipReason;
  readonly scheduledAt: string;
  readonly createdAt: string;
  readonly purgeAt: string;
}

/**
 * The duration of a run on every surface and in every counter: from the start of its first attempt to its end.
 *
 * @returns milliseconds, at least 0 (the two clocks may disagree); null for a run that has not ended or never started
 */
export function durationOf({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>): number | null {
  if (startedAt === null || finishedAt === null) return null;
  return Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
}

export function isTerminal(state: RunState): state is TerminalState {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}
