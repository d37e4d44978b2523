/** Runs that are there now, by what becomes of them: one rule for every surface that counts (DESIGN 2). */
export interface RunCounts {
  readonly pending: number;
  /** Those that are being stopped included. */
  readonly processing: number;
  readonly completed: number;
  readonly failed: number;
}

/** @param current a counter's current counts, by state; what it does not name is 0 */
export function runCounts(current: Readonly<Record<string, number>>): RunCounts {
  const { queued = 0, running = 0, stopping = 0, completed = 0, failed = 0 } = current;
  return { pending: queued, processing: running + stopping, completed, failed };
}
