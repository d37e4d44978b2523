import { operatorRate } from '../domain/flow/operator-rate.ts';
import type { Db } from '../store/db.ts';
import type { JobRef } from '../store/keys.ts';
import { drawOperatorTokens } from '../store/request-rates.ts';
import type { Log } from './log.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Minimum pause after a rejection, in which a second of tokens returns. */
const PAUSE_MS = 1_000;

/**
 * Takes a token for one request of a source, sink or lookup.
 *
 * @param perSecond requests per second of all tasks and runs of the flow
 * @returns 0 if the request may be sent, otherwise the milliseconds after which to ask again
 */
export type TakeOperatorToken = (job: JobRef, operator: string, perSecond: number) => Promise<number>;

export interface OperatorLimiterOptions {
  readonly db: Db;
  readonly log: Pick<Log, 'warn'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Limits the rate at which an operator of a flow sends requests, over all workers. Create it once per execution
 * environment.
 *
 * If the bucket cannot be read, the request may be sent: a flow does not fail for lack of it.
 */
export function createOperatorLimiter({ db, log, now }: OperatorLimiterOptions): TakeOperatorToken {
  const buckets = new TokenBuckets({
    draw: (key, request, rate) => {
      const [job, operator] = JSON.parse(key) as [JobRef, string];
      return drawOperatorTokens(db, job, operator, request, rate);
    },
    pauseMs: PAUSE_MS,
    now,
  });
  return async ({ tenant, jobId, incarnation }, operator, perSecond) => {
    try {
      const key = JSON.stringify([{ tenant, jobId, incarnation }, operator]);
      return await buckets.take(key, operatorRate(perSecond));
    } catch (error) {
      // guard: operator-rate.unavailable
      log.warn('operator_limit.bypassed', { tenant, job: jobId, operator, error: String(error) });
      return 0;
    }
  };
}
