import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 500;
/** Milliseconds of a request's time that are left for its answer. */
const RESPONSE_RESERVE_MS = 2_000;

/**
 * Looks again and again until there is what is waited for, or nothing more can come, or the time is over; gives what was
 * seen last.
 *
 * @param remainingMs of the request's time
 */
export async function pollUntil<Seen>(
  poll: () => Promise<{ readonly seen: Seen; readonly enough: boolean }>,
  { waitMs, remainingMs }: { readonly waitMs: number; readonly remainingMs: () => number },
): Promise<Seen> {
  const deadline = performance.now() + Math.min(waitMs, remainingMs() - RESPONSE_RESERVE_MS);
  for (;;) {
    const { seen, enough } = await poll();
    if (enough || performance.now() + POLL_INTERVAL_MS > deadline) return seen;
    await sleep(POLL_INTERVAL_MS);
  }
}
