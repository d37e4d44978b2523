import type { RetryPolicy } from '../job.ts';
import { retryDelayMs } from '../retry.ts';
import { DAY_MS, MAX_RESEND_DELAY_MS, RESEND_AFTER_MS } from '../timing.ts';
import type { Delivery } from './delivery.ts';

/** Time from `dueAt` during which a delivery is retried. */
export const RETRY_WINDOW_MS = DAY_MS;

/** Duration of the lease on a delivery: longer than an invocation can take. */
export const DELIVERY_LEASE_MS = 45_000;

/** Timeout of one attempt, and of one to a receiver whose last attempt timed out. */
export const ATTEMPT_TIMEOUT_MS = 10_000;
export const SHORT_ATTEMPT_TIMEOUT_MS = 3_000;

/** From 10 s to 4 h: about 17 attempts a day. `RETRY_WINDOW_MS` bounds the number of attempts. */
const BACKOFF: RetryPolicy = { attempts: 1, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 4 * 3_600 };

/**
 * Returns the time of the next attempt after a failure in epoch milliseconds, or `undefined` if the delivery is given
 * up.
 *
 * @param attempts number of attempts made
 * @param retryAfterSeconds delay requested by the receiver: a lower bound of the backoff
 * @param random in [0, 1)
 */
export function nextAttemptTime(
  { tryUntil, attempts }: Pick<Delivery, 'tryUntil' | 'attempts'>,
  now: number,
  random: number,
  retryAfterSeconds = 0,
): number | undefined {
  const next = now + Math.max(retryDelayMs(BACKOFF, attempts, random), retryAfterSeconds * 1_000);
  return next <= Date.parse(tryUntil) ? next : undefined;
}

/**
 * Returns the time in epoch milliseconds at which to check whether a delivery that is due at `dueAt` was attempted. The
 * delay doubles each time the message is sent again.
 */
export function nextCheckTime(dueAt: number, resends = 0): number {
  return dueAt + Math.min(RESEND_AFTER_MS * 2 ** resends, MAX_RESEND_DELAY_MS);
}
