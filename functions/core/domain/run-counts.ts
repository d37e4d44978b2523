import { ACTIVE_STATES, type Run, type RunState, TERMINAL_STATES } from './run.ts';

/** The state under which an existing run is counted: its own, except for acknowledged failures. */
export type CountedState = RunState | 'acknowledged';
export const COUNTED_STATES = [...ACTIVE_STATES, ...TERMINAL_STATES, 'acknowledged'] as const;

/** Name of the count of bytes stored by a tenant's runs. */
export const STORED_BYTES = 'storedBytes';
/** Name of the count of a tenant's queued runs that are to start at a later time. */
export const DELAYED_RUNS = 'delayed';
/** Names of all counts of existing runs. */
export const COUNTED_ATTRIBUTES = [...COUNTED_STATES, STORED_BYTES, DELAYED_RUNS] as const;

/** @returns whether the run waits for the time at which it is to start */
export const isDelayed = ({ state, waiting }: Pick<Run, 'state' | 'waiting'>): boolean =>
  state === 'queued' && waiting === 'delay';

/**
 * Returns the state under which a run is counted. An acknowledged failure stays in the history and in the totals, but
 * no longer counts as a current failure.
 */
export const toCountedState = ({ state, acknowledged }: Pick<Run, 'state' | 'acknowledged'>): CountedState =>
  state === 'failed' && acknowledged ? 'acknowledged' : state;

/** Existing runs by outcome. All surfaces count by this rule. */
export interface RunCounts {
  readonly pending: number;
  /** Includes runs that are being stopped. */
  readonly processing: number;
  readonly completed: number;
  /** Without acknowledged failures. */
  readonly failed: number;
}

/** @param current a counter's current counts by state; a missing state counts as 0 */
export function toRunCounts(current: Readonly<Record<string, number>>): RunCounts {
  const { queued = 0, running = 0, stopping = 0, completed = 0, failed = 0 } = current;
  return { pending: queued, processing: running + stopping, completed, failed };
}
