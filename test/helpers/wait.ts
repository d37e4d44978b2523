import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls until `look` returns a value other than `undefined`, `null` or `false`. Retries after an exception, so that
 * `look` may contain assertions. The interval grows from 20 to 200 ms.
 *
 * @param what describes the condition in the timeout error
 */
export async function waitUntil<Found>(
  look: () => Promise<Found> | Found,
  { timeoutMs = 15_000, what = 'the condition' }: { timeoutMs?: number; what?: string } = {},
): Promise<Exclude<Found, undefined | null | false>> {
  let last: unknown;
  let pauseMs = 20;
  for (const end = performance.now() + timeoutMs; performance.now() < end; await sleep(pauseMs)) {
    pauseMs = Math.min(pauseMs * 1.25, 200);
    try {
      last = await look();
      if (last !== undefined && last !== null && last !== false)
        return last as Exclude<Found, undefined | null | false>;
    } catch (error) {
      last = error;
    }
  }
  if (last instanceof Error) throw last;
  throw new Error(`${what} was not met within ${timeoutMs} ms; last seen: ${JSON.stringify(last)}`);
}

/** Allows for a busy machine. */
const TIMEOUT_MS = 30_000;

/** Minimum milliseconds between the first two attempts and between later ones. */
const [FIRST_POLL_INTERVAL_MS, MAX_POLL_INTERVAL_MS] = [20, 100];

/**
 * Retries an assertion until it holds and returns its result. The minimum interval grows from 20 to 100 ms. Uses at most
 * a third of the time for the attempts, to leave the machine to the system under test.
 */
export async function waitForAssertion<Result>(
  look: () => Result | Promise<Result>,
  timeoutMs = TIMEOUT_MS,
): Promise<Result> {
  let pauseMs = FIRST_POLL_INTERVAL_MS;
  for (const end = performance.now() + timeoutMs; ; ) {
    const began = performance.now();
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(Math.max(pauseMs, 2 * (performance.now() - began)));
      pauseMs = Math.min(pauseMs * 1.25, MAX_POLL_INTERVAL_MS);
    }
  }
}
