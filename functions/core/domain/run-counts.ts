import { ACTIVE_STATES, type Run, type RunState, TERMINAL_STATES } from './run.ts';

/** What a run counts as while it is there: its state, but for a failure that somebody acknowledged. */
export type CountedState = RunState | 'acknowledged';
export const COUNTED_STATES = [...ACTIVE_STATES, ...TERMINAL_STATES, 'acknowledged'] as const;

/** What a tenant's runs left behind, in bytes, beside their states among what is there now. */
export const STORED_BYTES = 'storedBytes';
/** What is counted of the runs that are there now. */
export const COUNTED_ATTRIBUTES = [...COUNTED_STATES, STORED_BYTES] as const;

/**
 * An acknowledged failure stays in history as it is, and in the totals of what ever was; it is no failure any more where
 * failures of now are counted, for there is nothing left to do about it.
 */
export const toCountedState = ({ state, acknowledged }: Pick<Run, 'state' | 'acknowledged'>): CountedState =>
  state === 'failed' && acknowledged ? 'acknowledged' : state;

/** Runs that are there now, by what becomes of them: one rule for every surface that counts (DESIGN 2). */
export interface RunCounts {
  readonly pending: number;
  /** Those that are being stopped included. */
  readonly processing: number;
  readonly completed: number;
  /** Those that nobody has acknowledged. */
  readonly failed: number;
}

/** @param current a counter's current counts, by state; what it does not name is 0 */
export function toRunCounts(current: Readonly<Record<string, number>>): RunCounts {
  const { queued = 0, running = 0, stopping = 0, completed = 0, failed = 0 } = current;
  return { pending: queued, processing: running + stopping, completed, failed };
}
