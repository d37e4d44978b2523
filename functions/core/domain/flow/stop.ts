/** Stop modes of a flow run, ordered by severity. A stop escalates to the next mode at its timeout. */
export const STOP_MODES = ['checkpoint', 'immediate', 'force'] as const;
/**
 * - `checkpoint`: tasks finish the current page, then a checkpoint is taken.
 * - `immediate`: tasks abandon the current page.
 * - `force`: tasks lose their leases and the run ends at once.
 */
export type StopMode = (typeof STOP_MODES)[number];

export interface Stop {
  readonly mode: StopMode;
  readonly requestedAt: string;
  /** Time of each mode before the stop escalates, in milliseconds. */
  readonly timeoutMs: number;
}

export const STOP_TIMEOUT_MS = 30_000;

/** Returns the stop mode at `now` after escalation. */
export function stopModeAt({ mode, requestedAt, timeoutMs }: Stop, now: number): StopMode {
  const steps = Math.floor((now - Date.parse(requestedAt)) / timeoutMs);
  const reached = STOP_MODES.indexOf(mode) + Math.max(0, steps);
  return STOP_MODES[Math.min(reached, STOP_MODES.length - 1)] ?? 'force';
}

/** Returns the milliseconds until the next escalation, or `undefined` in the last mode. */
export function msUntilNextStopMode(stop: Stop, now: number): number | undefined {
  if (stopModeAt(stop, now) === 'force') return undefined;
  const since = now - Date.parse(stop.requestedAt);
  return stop.timeoutMs - (Math.max(0, since) % stop.timeoutMs);
}
