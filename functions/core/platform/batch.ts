import { setTimeout as sleep } from 'node:timers/promises';
import { JobdeckError } from '../domain/errors.ts';
import type { RetryPolicy } from '../domain/job.ts';
import { retryDelayMs } from '../domain/retry.ts';

/** The delay and randomness between attempts at a batch. */
export interface Pacing {
  /** Waits; rejects if the signal is aborted. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}

export const SYSTEM_PACING: Pacing = {
  pause: (ms, signal) => sleep(ms, undefined, signal && { signal }),
  random: Math.random,
};

/** Limits consecutive attempts without progress. They take 3–6 s, longer than DynamoDB needs to split a partition. */
export const BATCH_RETRY: RetryPolicy = { attempts: 8, backoff: 'exponential', delaySeconds: 0.05, maxDelaySeconds: 5 };

/** The entries of a batch that a service did not process, and its reason if known. */
export interface Unprocessed<Rest> {
  readonly remaining: Rest;
  readonly reason?: string | undefined;
}

export interface BatchOptions<Rest> {
  readonly send: (batch: Rest) => Promise<Unprocessed<Rest>>;
  /** Returns the number of entries in a batch. */
  readonly sizeOf: (batch: Rest) => number;
  /** Plural noun for the entries, for the error message. */
  readonly entryNoun: string;
  /** @defaultValue SYSTEM_PACING */
  readonly pacing?: Pacing | undefined;
  /** Ends the wait between two attempts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a batch and repeats unprocessed entries until none is left: a throttling service returns success together with
 * the entries that it did not process. Pauses grow exponentially with jitter; progress resets the attempt count.
 *
 * @throws JobdeckError `batch.throttled` after 8 consecutive attempts without progress; the same work may succeed later
 * @throws the signal's reason, once it is aborted
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
export async function sendUntilProcessed<Rest>(batch: Rest, options: BatchOptions<Rest>): Promise<void> {
  const { send, sizeOf, entryNoun: what, pacing = SYSTEM_PACING, signal } = options;
  let rest = batch;
  for (let tries = 0; sizeOf(rest) > 0; ) {
    const before = sizeOf(rest);
    const undone = await send(rest);
    rest = undone.remaining;
    const left = sizeOf(rest);
    if (left === 0) return;
    tries = left < before ? 1 : tries + 1;
    if (tries >= BATCH_RETRY.attempts) {
      const why = undone.reason === undefined ? '' : ` (${undone.reason})`;
      const message = `${what}: ${left} were not processed in ${tries} attempts${why}; try again later`;
      throw new JobdeckError('unavailable', 'batch.throttled', message);
    }
    await pacing.pause(retryDelayMs(BATCH_RETRY, tries, pacing.random()), signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}
