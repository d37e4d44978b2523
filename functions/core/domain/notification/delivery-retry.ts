import type { RetryPolicy } from '../job.ts';
import { retryDelayMs } from '../retry.ts';
import { DAY_MS, MAX_RESEND_DELAY_MS, RESEND_AFTER_MS } from '../timing.ts';
import type { Delivery } from './delivery.ts';

/** A delivery is tried for so long from when it was due. */
export const RETRY_WINDOW_MS = DAY_MS;

/** Whoever tries a delivery has it for so long: more than an invocation can take. */
export const DELIVERY_LEASE_MS = 45_000;

/** How long one attempt waits for its answer. */
export const ATTEMPT_TIMEOUT_MS = 10_000;

/** From ten seconds to four hours: some 17 attempts a day. How many is for `TRY_FOR_MS` to say. */
const BACKOFF: RetryPolicy = { attempts: 1, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 4 * 3_600 };

/**
 * When a delivery is tried again that has just failed, in epoch milliseconds; undefined: it is given up.
 *
 * @param attempts that were made
 * @param retryAfterSeconds what the receiver asked for; it is not asked sooner, and no more often than without
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
 * When it is to be looked whether a delivery was tried whose message is sent now, for then: in epoch milliseconds. Each
 * time that it is sent again it has twice as long.
 */
export function nextCheckTime(dueAt: number, resends = 0): number {
  return dueAt + Math.min(RESEND_AFTER_MS * 2 ** resends, MAX_RESEND_DELAY_MS);
}
