/** How a flow run is stopped, from the gentlest on: each gives way to the next when its time is over. */
export const STOP_MODES = ['checkpoint', 'immediate', 'force'] as const;
/**
 * - `checkpoint`: tasks end the page in hand, and a checkpoint is taken.
 * - `immediate`: the page in hand is abandoned.
 * - `force`: tasks are taken from their workers, and the run ends now.
 */
export type StopMode = (typeof STOP_MODES)[number];

/** A request to stop a flow run. */
export interface Stop {
  readonly mode: StopMode;
  readonly requestedAt: string;
  /** What each mode has before the next one takes its place. */
  readonly timeoutMs: number;
}

export const STOP_TIMEOUT_MS = 30_000;

/** The mode that a request has come to. */
export function stopModeAt({ mode, requestedAt, timeoutMs }: Stop, now: number): StopMode {
  const steps = Math.floor((now - Date.parse(requestedAt)) / timeoutMs);
  const reached = STOP_MODES.indexOf(mode) + Math.max(0, steps);
  return STOP_MODES[Math.min(reached, STOP_MODES.length - 1)] ?? 'force';
}

/** Milliseconds until a request comes to its next mode; undefined when there is none. */
export function msUntilNextStopMode(stop: Stop, now: number): number | undefined {
  if (stopModeAt(stop, now) === 'force') return undefined;
  const since = now - Date.parse(stop.requestedAt);
  return stop.timeoutMs - (Math.max(0, since) % stop.timeoutMs);
}
