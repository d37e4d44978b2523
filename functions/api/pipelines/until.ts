import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 500;
/** Milliseconds of a request's time that are left for its answer. */
const ANSWER_MS = 2_000;

/**
 * Looks again and again until there is what is waited for, or nothing more can come, or the time is over; gives what was
 * seen last.
 *
 * @param remainingMs of the request's time
 */
export async function until<Seen>(
  look: () => Promise<{ readonly seen: Seen; readonly enough: boolean }>,
  { waitMs, remainingMs }: { readonly waitMs: number; readonly remainingMs: () => number },
): Promise<Seen> {
  const deadline = performance.now() + Math.min(waitMs, remainingMs() - ANSWER_MS);
  for (;;) {
    const { seen, enough } = await look();
    if (enough || performance.now() + PAUSE_MS > deadline) return seen;
    await sleep(PAUSE_MS);
  }
}
