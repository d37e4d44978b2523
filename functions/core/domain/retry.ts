import type { RetryPolicy } from './job.ts';

/** Default of a job: one attempt. */
export const NO_RETRY: RetryPolicy = { attempts: 1, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 3_600 };

/** Default of a flow. A failed or lost slice is repeated from its last commit, not from the beginning. */
export const FLOW_RETRY: RetryPolicy = { attempts: 20, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 300 };

/**
 * Returns the milliseconds to wait before the next attempt.
 *
 * Half of the delay is fixed and half is random ("equal jitter"), so that runs that failed together are neither retried
 * together nor at once.
 *
 * @param random in [0, 1)
 */
export function retryDelayMs(policy: RetryPolicy, attemptsMade: number, random: number): number {
  const factor = policy.backoff === 'exponential' ? 2 ** Math.min(attemptsMade - 1, 30) : 1;
  const full = Math.min(policy.delaySeconds * factor, policy.maxDelaySeconds) * 1_000;
  return Math.round(full / 2 + (full / 2) * random);
}
