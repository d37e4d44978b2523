import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { getRun } from '../../store/runs.ts';

/**
 * Polls a run until it has ended or `waitMs` milliseconds have passed.
 *
 * @returns the run as last read, or `undefined` if its row does not exist
 */
export async function waitForEnd(platform: Platform, ref: RunRef, waitMs: number): Promise<Run | undefined> {
  const deadline = Date.now() + waitMs;
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 1_000)) {
    const run = await getRun(platform.db, ref);
    if (!run || isTerminal(run.state) || Date.now() >= deadline) return run;
    await sleep(pause);
  }
}
