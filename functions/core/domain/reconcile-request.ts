import type { RetryPolicy } from './job.ts';
import { retryDelayMs } from './retry.ts';

/**
 * A request to reconcile a job's schedules with its definition: stored by the sweeper for a lost change, and by the
 * registrar for a job that it could not register, so that the other changes of its stream shard continue.
 */
export interface ReconcileRequest {
  readonly jobId: string;
  /** Number of writes of this request. Identifies what a successful pass may remove. */
  readonly revision: number;
  /** Number of times that the sweeper sent this request to the registrar. */
  readonly attempts: number;
  /** Time before which the sweeper does not send the request again, ISO 8601. */
  readonly dueAt: string;
  /** Former incarnations of the job whose schedules may still exist. */
  readonly incarnations: readonly string[];
}

/** From 30–60 s after the first failure to 30–60 min. */
const BACKOFF: RetryPolicy = { attempts: 1, backoff: 'exponential', delaySeconds: 60, maxDelaySeconds: 3_600 };

/**
 * Returns the time before which a request is not sent again.
 *
 * @param attempts number of times that the request was sent
 * @param random in [0, 1)
 */
export function nextReconcileTime(now: number, attempts: number, random: number): string {
  return new Date(now + retryDelayMs(BACKOFF, attempts + 1, random)).toISOString();
}
