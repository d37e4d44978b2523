import type { Pause } from './pause.ts';
import type { SkipReason, TerminalState } from './run.ts';

/** A reference to a run from the job's state row. */
export interface RunPointer {
  readonly ulid: string;
  readonly number: number;
}

/** The overlap lock, held by one run of the job. A lock whose run has ended, or does not exist after 60 s, is free. */
export interface OverlapLock extends RunPointer {
  readonly since: string;
}

/**
 * A decision on a tick. It is stored so that another dispatcher completes the decision of one that crashed before it
 * wrote the run's row.
 */
export interface TickDecision extends RunPointer {
  /** Reason of a skipped tick; null if the tick became a run. */
  readonly skipped: SkipReason | null;
}

/** The newest run of a job that ended. */
export interface LastRun extends RunPointer {
  readonly state: TerminalState;
  readonly timedOut: boolean;
  readonly startedAt: string | null;
}

/** The changing state of a job: its run number, overlap lock and last run. One small row. */
export interface JobState {
  readonly incarnation: string;
  /** Other jobs start after runs of this one. */
  readonly followed: boolean;
  /** The number assigned last. */
  readonly runNumber: number;
  readonly lock: OverlapLock | null;
  /** The run that waits for the lock. */
  readonly waitingRun: RunPointer | null;
  /** The newest decisions, newest first. A repeated tick that is found here is completed as decided. */
  readonly decisions: readonly TickDecision[];
  /** The latest scheduled time of all decided ticks, ISO 8601: a later tick was never decided. Null before the first. */
  readonly newestTick: string | null;
  /** Every expected tick up to this one has a row; null if unknown. */
  readonly ticksThrough: string | null;
  /** The run created last, or the delayed run that started after it. */
  readonly newestRun: RunPointer | null;
  readonly lastRun: LastRun | null;
  /** A run was created more than `TICK_LAG_MS` after the time in its ULID, so that the history is not in the order of creation. */
  readonly hasLateRuns: boolean;
  /** The newest pauses of the schedule, oldest first. */
  readonly pauses: readonly Pause[];
}

/**
 * Returns the runs of which the first that has a row is a job's newest run, newest first: at most three. The run created
 * last has no row if its start was interrupted, or if it lost to a concurrent request with the same idempotency key.
 */
export function newestRunsOf({ newestRun, lock, lastRun }: JobState): readonly RunPointer[] {
  const pointers = [newestRun, lock, lastRun].filter((pointer) => pointer !== null);
  return [...new Map(pointers.map((pointer) => [pointer.ulid, pointer])).values()].sort((a, b) => b.number - a.number);
}
