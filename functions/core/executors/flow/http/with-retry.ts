import type { RetryPolicy } from '../../../domain/job.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { MAX_RETRY_AFTER_MS } from '../../../domain/retry-after.ts';
import { type FlowHttpClient, TransientError } from './flow-http-client.ts';

/** No try begins later after the first one, waits that were asked for aside: each may take its time to fail. */
const MAX_RETRY_SPAN_MS = 60_000;
/** Waits that were asked for are waited for here up to so long each, and up to so long for a request altogether. */
const MAX_INLINE_WAIT_MS = 60_000;
const MAX_TOTAL_WAIT_MS = 120_000;

/**
 * Repeats what may pass: after the wait that was asked for, or else as `policy` says. Waits that were asked for are the
 * other side's pace, and no failed tries. An abort ends a wait: what it means is for `attempt` to throw.
 *
 * @throws FlowFailure, not permanent, when it did not pass; Postponed when the wait is too long for a worker; what
 *   `attempt` throws that is not MayPass
 */
export async function withRetry<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  http: FlowHttpClient,
  signal: AbortSignal,
): Promise<Result> {
  const { now, random } = http.context;
  const begun = now();
  let waitedMs = 0;
  for (let tries = 1; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (/* guard: http.retry */ !(error instanceof TransientError)) throw error;
      const { retryAfterMs: askedMs } = error;
      if (askedMs !== null) {
        const waitMs = Math.min(askedMs, MAX_RETRY_AFTER_MS);
        waitedMs += waitMs;
        http.log('warn', `${error.message}: asked to wait`, { waitMs });
        if (waitMs > MAX_INLINE_WAIT_MS || waitedMs > MAX_TOTAL_WAIT_MS)
          throw new RetryLaterError(error.message, waitMs);
        await http.pause(waitMs, signal);
      } else {
        const delay = retryDelayMs(policy, tries, random());
        if (tries >= policy.attempts || now() - begun - waitedMs + delay > MAX_RETRY_SPAN_MS) {
          throw http.failure(`${error.message}; tries: ${tries}`, { permanent: false });
        }
        http.log('warn', `${error.message}: tried again`, { tries, waitMs: Math.round(delay) });
        tries += 1;
        await http.pause(delay, signal);
      }
    }
  }
}

/** A request to be sent again by a later slice: no worker is held for a wait of this length. */
export class RetryLaterError extends Error {
  /** Milliseconds, up to `LONGEST_RETRY_AFTER_MS`. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.name = 'Postponed';
    this.waitMs = waitMs;
  }
}
