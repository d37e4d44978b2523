import type { RetryPolicy } from '../../../domain/job.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { MAX_RETRY_AFTER_MS } from '../../../domain/retry-after.ts';
import { type FlowHttpClient, TransientError } from './flow-http-client.ts';

/** Milliseconds from the first try to the start of the last one, requested waits excluded. */
const MAX_RETRY_SPAN_MS = 60_000;
/** Maximum time that a worker spends on requested waits: per wait, and in total per request. */
const MAX_INLINE_WAIT_MS = 60_000;
const MAX_TOTAL_WAIT_MS = 120_000;

/**
 * Repeats a request after a transient error: after the wait requested by the server, or else after the policy's delay.
 * Requested waits do not count as failed tries. An abort ends a wait; `attempt` then throws the reason.
 *
 * @throws FlowFailure, not permanent, if the last try failed
 * @throws RetryLaterError if the requested wait is too long for a worker
 * @throws other errors of `attempt`
 */
export async function withRetry<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  http: FlowHttpClient,
  signal: AbortSignal,
): Promise<Result> {
  const { now, random } = http.context;
  const startedAt = now();
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
        http.log('warn', `${error.message}: waiting as requested`, { waitMs });
        if (waitMs > MAX_INLINE_WAIT_MS || waitedMs > MAX_TOTAL_WAIT_MS)
          throw new RetryLaterError(error.message, waitMs);
        await http.pause(waitMs, signal);
      } else {
        const delay = retryDelayMs(policy, tries, random());
        if (tries >= policy.attempts || now() - startedAt - waitedMs + delay > MAX_RETRY_SPAN_MS) {
          throw http.failure(`${error.message}; tries: ${tries}`, { permanent: false });
        }
        http.log('warn', `${error.message}: tried again`, { tries, waitMs: Math.round(delay) });
        tries += 1;
        await http.pause(delay, signal);
      }
    }
  }
}

/** A request that a later slice must repeat, because the requested wait is too long to hold a worker. */
export class RetryLaterError extends Error {
  /** Milliseconds, at most `LONGEST_RETRY_AFTER_MS`. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.name = 'RetryLaterError';
    this.waitMs = waitMs;
  }
}
