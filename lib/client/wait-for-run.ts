import type { RunnerRun, RunnerRunWithOutput } from './api-types.ts';
import { sleep } from './retry.ts';

const MIN_POLL_INTERVAL_MS = 250;
const MAX_POLL_INTERVAL_MS = 3_000;
const POLL_INTERVAL_GROWTH = 1.3;

/** Options of `JobdeckClient.waitForRun`. */
export interface WaitOptions {
  /**
   * Milliseconds to wait.
   *
   * @defaultValue no limit
   */
  readonly timeoutMs?: number;
  /** Ends the wait; the returned promise rejects with the signal's reason. The run continues. */
  readonly signal?: AbortSignal;
  /** Called with the run at first and after each change of its status or attempt. */
  readonly onUpdate?: (run: RunnerRunWithOutput) => void;
}

/** The run did not end within `timeoutMs`. The run continues. */
export class RunTimeoutError extends Error {
  override readonly name = 'RunTimeoutError';
  readonly runId: string;

  constructor(runId: string, timeoutMs: number) {
    super(`The run ${runId} did not end within ${timeoutMs} ms`);
    this.runId = runId;
  }
}

/** @returns whether a run has ended, with any status */
export const hasEnded = ({ status }: Pick<RunnerRun, 'status'>): boolean =>
  status !== 'pending' && status !== 'running';

/**
 * Polls a run until it has ended.
 *
 * @param read reads the run with its output from a position on; without one with all of it
 */
export async function pollRun(
  runId: string,
  read: (outputAfter: string | undefined, signal: AbortSignal) => Promise<RunnerRunWithOutput>,
  { timeoutMs, signal, onUpdate }: WaitOptions,
): Promise<RunnerRunWithOutput> {
  const timeout = new AbortController();
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => timeout.abort(new RunTimeoutError(runId, timeoutMs)), timeoutMs);
  const either = AbortSignal.any([timeout.signal, ...(signal ? [signal] : [])]);
  try {
    let run = await read(undefined, either);
    let shown = '';
    let isWhole = true;
    for (
      let pauseMs = MIN_POLL_INTERVAL_MS;
      ;
      pauseMs = Math.min(MAX_POLL_INTERVAL_MS, pauseMs * POLL_INTERVAL_GROWTH)
    ) {
      const state = `${run.status} ${run.attempt}`;
      if (state !== shown) onUpdate?.(run);
      shown = state;
      if (hasEnded(run)) return isWhole ? run : await read(undefined, either);
      await sleep(pauseMs, either);
      // Output that was received before is not sent again.
      const after = run.output_next ?? undefined;
      run = await read(after, either);
      isWhole = after === undefined;
    }
  } finally {
    clearTimeout(timer);
  }
}
