import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 500;
/** Part of a request's time that is reserved for its response. */
const RESPONSE_RESERVE_MS = 2_000;

/**
 * Polls until the result is final or the time is over.
 *
 * @param remainingMs returns the remaining time of the request
 * @returns the last polled value
 */
export async function pollUntil<Value>(
  poll: () => Promise<{ readonly value: Value; readonly isFinal: boolean }>,
  { waitMs, remainingMs }: { readonly waitMs: number; readonly remainingMs: () => number },
): Promise<Value> {
  const deadline = performance.now() + Math.min(waitMs, remainingMs() - RESPONSE_RESERVE_MS);
  for (;;) {
    const { value, isFinal } = await poll();
    if (isFinal || performance.now() + POLL_INTERVAL_MS > deadline) return value;
    await sleep(POLL_INTERVAL_MS);
  }
}
