import type { RetryPolicy } from './job.ts';

/** What a job has when it says nothing of retries: one attempt. */
export const NO_RETRY: RetryPolicy = { attempts: 1, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 3_600 };

/** What a flow has: a slice of it that fails or is lost is done again from where it was committed, not from the beginning. */
export const FLOW_RETRY: RetryPolicy = { attempts: 20, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 300 };

/**
 * Milliseconds to wait before the next attempt, given how many were made.
 *
 * Half of the delay is fixed and half is random ("equal jitter"), so that runs that failed together do not come back
 * together and yet never at once. `random` is in [0, 1).
 */
export function retryDelayMs(policy: RetryPolicy, attemptsMade: number, random: number): number {
  const factor = policy.backoff === 'exponential' ? 2 ** Math.min(attemptsMade - 1, 30) : 1;
  const full = Math.min(policy.delaySeconds * factor, policy.maxDelaySeconds) * 1_000;
  return Math.round(full / 2 + (full / 2) * random);
}
