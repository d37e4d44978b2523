import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../cli/api.ts';

const MAX_TRIES = 6;
const DEFAULT_WAIT_SECONDS = 1;
const MAX_WAIT_SECONDS = 30;

/**
 * Repeats a request that the API rejected because of its rate, after the time that the response names. Such a request has
 * had no effect.
 */
export async function retryThrottled<Result>(request: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || tries === MAX_TRIES) throw error;
      const seconds = error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS * 2 ** (tries - 1);
      if (seconds > MAX_WAIT_SECONDS) throw error;
      await sleep(seconds * 1_000);
    }
  }
}
