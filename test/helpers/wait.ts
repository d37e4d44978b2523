import { setTimeout as sleep } from 'node:timers/promises';

/** The default timeout of a wait in milliseconds. Allows for a machine that is ten times slower at times. */
export const TIMEOUT_MS = 90_000;

/** Milliseconds between the first two attempts, factor of each next interval, and the longest interval. */
const INTERVAL = { first: 50, factor: 1.6, longest: 500 };

/**
 * Pauses between two attempts. An attempt at the API takes some 10 ms of CPU in all processes, so the interval grows to
 * half a second. It is shorter for attempts that take no time: at most 20 ms and 40 times their duration. The attempts use
 * at most a fifth of the time, to leave the machine to the system under test.
 */
class AttemptPause {
  #intervalMs = INTERVAL.first;

  /** @param tookMs duration of the attempt in milliseconds */
  async next(tookMs: number): Promise<void> {
    await sleep(Math.max(Math.min(this.#intervalMs, 20 + 40 * tookMs), 4 * tookMs));
    this.#intervalMs = Math.min(this.#intervalMs * INTERVAL.factor, INTERVAL.longest);
  }
}

/**
 * Polls until `look` returns a value other than `undefined`, `null` or `false`. Retries after an exception, so that
 * `look` may contain assertions.
 *
 * @param what describes the condition in the timeout error
 */
export async function waitUntil<Found>(
  look: () => Promise<Found> | Found,
  { timeoutMs = TIMEOUT_MS, what = 'the condition' }: { timeoutMs?: number; what?: string } = {},
): Promise<Exclude<Found, undefined | null | false>> {
  let last: unknown;
  const pause = new AttemptPause();
  for (const end = performance.now() + timeoutMs; performance.now() < end; ) {
    const began = performance.now();
    try {
      last = await look();
      if (last !== undefined && last !== null && last !== false)
        return last as Exclude<Found, undefined | null | false>;
    } catch (error) {
      last = error;
    }
    await pause.next(performance.now() - began);
  }
  if (last instanceof Error) throw last;
  throw new Error(`${what} was not met within ${timeoutMs} ms; last seen: ${JSON.stringify(last)}`);
}

/** Retries an assertion until it holds and returns its result. */
export async function waitForAssertion<Result>(
  look: () => Result | Promise<Result>,
  timeoutMs = TIMEOUT_MS,
): Promise<Result> {
  const pause = new AttemptPause();
  for (const end = performance.now() + timeoutMs; ; ) {
    const began = performance.now();
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause.next(performance.now() - began);
    }
  }
}
