import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRun } from '../../store/runs.ts';

export interface WaitOptions {
  /** Maximum duration in milliseconds. */
  readonly waitMs: number;
  /** Called after each poll; `false` ends the wait. */
  readonly mayWait: () => Promise<boolean>;
}

/**
 * Polls a run until it has ended, `waitMs` milliseconds have passed, or the caller may not wait any longer.
 *
 * @returns the run as last read, or `undefined` if its row does not exist
 */
export async function waitForEnd(
  platform: Platform,
  ref: RunRef,
  { waitMs, mayWait }: WaitOptions,
): Promise<Run | undefined> {
  const deadline = Date.now() + waitMs;
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 1_000)) {
    const run = await getRun(platform.db, ref);
    if (!run || isTerminal(run.state) || Date.now() >= deadline || !(await mayWait())) return run;
    await sleep(pause);
  }
}
