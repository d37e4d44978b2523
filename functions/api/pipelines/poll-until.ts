import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiRequest } from '../http/route.ts';

const POLL_INTERVAL_MS = 500;
/** Part of a request's time that is reserved for its response. */
const RESPONSE_RESERVE_MS = 2_000;

/**
 * Polls until the result is final, the time is over, or the tenant may not hold the request open any longer.
 *
 * @param remainingMs returns the remaining time of the request
 * @returns the last polled value
 */
export async function pollUntil<Value>(
  poll: () => Promise<{ readonly value: Value; readonly isFinal: boolean }>,
  { waitMs, remainingMs, mayWait }: Pick<ApiRequest, 'remainingMs' | 'mayWait'> & { readonly waitMs: number },
): Promise<Value> {
  const deadline = performance.now() + Math.min(waitMs, remainingMs() - RESPONSE_RESERVE_MS);
  for (;;) {
    const { value, isFinal } = await poll();
    if (isFinal || performance.now() + POLL_INTERVAL_MS > deadline || !(await mayWait())) return value;
    await sleep(POLL_INTERVAL_MS);
  }
}
