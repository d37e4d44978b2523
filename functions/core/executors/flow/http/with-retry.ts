import { hostOf } from '../../../domain/host-rate.ts';
import type { RetryPolicy } from '../../../domain/job.ts';
import { retryDelayMs } from '../../../domain/retry.ts';
import { MAX_RETRY_AFTER_MS } from '../../../domain/retry-after.ts';
import { type FlowHttpClient, TransientError } from './flow-http-client.ts';

/** Milliseconds from the first try to the start of the last one, requested waits excluded. */
const MAX_RETRY_SPAN_MS = 60_000;
/** Maximum time that a worker spends on requested waits: per wait, and in total per request. */
const MAX_INLINE_WAIT_MS = 60_000;
const MAX_TOTAL_WAIT_MS = 120_000;

/** Maximum time that a worker waits for a rate, per try. Then a later slice sends the request. */
const MAX_RATE_WAIT_MS = 20_000;

/**
 * Sends a request when the rates of the operator and of the tenant at the host permit it, and repeats it after a transient error: after the wait
 * requested by the server, or else after the policy's delay. Requested waits, and waits for the rate, do not count as
 * failed tries. An abort ends a wait; `attempt` then throws the reason.
 *
 * @throws FlowFailure, not permanent, if the last try failed
 * @throws RetryLaterError if the wait is too long for a worker
 * @throws other errors of `attempt`
 */
export async function withRetry<Result>(
  url: string,
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  http: FlowHttpClient,
  signal: AbortSignal,
): Promise<Result> {
  const { now, random } = http.context;
  const startedAt = now();
  let waitedMs = 0;
  let requestedMs = 0;
  for (let tries = 1; ; ) {
    // guard: http.host-rate
    waitedMs += await awaitTurn(http, url, signal);
    try {
      return await attempt();
    } catch (error) {
      if (/* guard: http.retry */ !(error instanceof TransientError)) throw error;
      const { retryAfterMs: askedMs } = error;
      if (askedMs !== null) {
        const waitMs = Math.min(askedMs, MAX_RETRY_AFTER_MS);
        waitedMs += waitMs;
        requestedMs += waitMs;
        http.log('warn', `${error.message}: waiting as requested`, { waitMs });
        if (waitMs > MAX_INLINE_WAIT_MS || requestedMs > MAX_TOTAL_WAIT_MS)
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

/**
 * Waits until the operator may send a request, and then until the tenant may send one to the host of a URL, or an abort.
 *
 * @returns the milliseconds waited
 * @throws RetryLaterError after `MAX_RATE_WAIT_MS`
 */
async function awaitTurn(http: FlowHttpClient, url: string, signal: AbortSignal): Promise<number> {
  const { operator, requestsPerSecond, context } = http;
  const own =
    requestsPerSecond === undefined
      ? 0
      : await awaitToken(
          http,
          async () => /* guard: http.operator-rate */ context.takeOperatorToken(operator, requestsPerSecond),
          'waited for their requestsPerSecond',
          signal,
        );
  const host = hostOf(url);
  const limit = `to ${host} waited for the limit hostRequestsPerSecond of the tenant`;
  return own + (await awaitToken(http, () => context.takeHostToken(host), limit, signal));
}

async function awaitToken(
  http: FlowHttpClient,
  take: () => Promise<number>,
  limit: string,
  signal: AbortSignal,
): Promise<number> {
  for (let waitedMs = 0; ; ) {
    const waitMs = await take();
    if (waitMs === 0 || signal.aborted) return waitedMs;
    if (waitedMs >= MAX_RATE_WAIT_MS) throw new RetryLaterError(`requests ${limit}`, waitMs);
    // Requests that wait for the same bucket do not ask at the same time.
    const pauseMs = Math.ceil(waitMs * (1 + http.context.random()));
    await http.pauseForRate(limit, pauseMs, signal);
    waitedMs += pauseMs;
  }
}

/** A request that a later slice must repeat, because the requested wait is too long to hold a worker. */
export class RetryLaterError extends Error {
  /** Milliseconds, at most `MAX_RETRY_AFTER_MS`. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.name = 'RetryLaterError';
    this.waitMs = waitMs;
  }
}
