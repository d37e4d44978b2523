import type { SkipReason, TerminalState } from './run.ts';

/** A run that a job's state row points at. */
export interface RunPointer {
  readonly ulid: string;
  readonly number: number;
}

/** The overlap lock: names the run that holds it (DESIGN 2, rule 6). */
export interface OverlapLock extends RunPointer {
  readonly since: string;
}

/** The newest decision on a tick: kept so that a dispatcher that crashed before writing the row is completed, not contradicted. */
export interface TickDecision extends RunPointer {
  /** Null: it became a run. */
  readonly skipped: SkipReason | null;
}

/** The last run of a job that ended. */
export interface LastRun extends RunPointer {
  readonly state: TerminalState;
  readonly timedOut: boolean;
  readonly startedAt: string | null;
}

/** What changes about a job while it runs: its run number, its lock, its last run. One small row. */
export interface JobState {
  readonly incarnation: string;
  /** The number given last. */
  readonly runNumber: number;
  readonly lock: OverlapLock | null;
  /** The run that waits for the lock. */
  readonly waitingRun: RunPointer | null;
  /**
   * The decisions made last, the newest first: whoever handles one of these ticks again completes what was decided, also
   * when it was decided about others since.
   */
  readonly decisions: readonly TickDecision[];
  /** Every expected tick up to this one has a row. Null: none is known to. */
  readonly ticksThrough: string | null;
  /** The newest run made. */
  readonly newestRun: RunPointer | null;
  readonly lastRun: LastRun | null;
}
