import { setTimeout as sleep } from 'node:timers/promises';
import { JobdeckError } from '../domain/errors.ts';
import type { RetryPolicy } from '../domain/job.ts';
import { retryDelayMs } from '../domain/retry.ts';

/** Time and chance between the attempts at a batch. */
export interface Pacing {
  /** Waits; rejects when the signal is aborted meanwhile. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}

export const SYSTEM_PACING: Pacing = {
  pause: (ms, signal) => sleep(ms, undefined, signal && { signal }),
  random: Math.random,
};

/** Attempts in a row of which nothing came: they take 3–6 s, longer than a partition needs to split its load. */
export const BATCH_RETRY: RetryPolicy = { attempts: 8, backoff: 'exponential', delaySeconds: 0.05, maxDelaySeconds: 5 };

/** The entries of a batch that a service did not process, and the reason if the service names one. */
export interface Unprocessed<Rest> {
  readonly remaining: Rest;
  readonly reason?: string | undefined;
}

export interface BatchOptions<Rest> {
  readonly send: (batch: Rest) => Promise<Unprocessed<Rest>>;
  /** Number of entries in a batch. */
  readonly sizeOf: (batch: Rest) => number;
  /** Plural noun for the entries, for the error message. */
  readonly entryNoun: string;
  /** @default REAL_PACING */
  readonly pacing?: Pacing | undefined;
  /** Ends the wait between two attempts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a batch, and again what the service left undone, until nothing is left: a service that throttles answers a batch
 * with success and returns the entries that it did not take. Pauses grow exponentially, with jitter; an attempt that
 * takes some entries begins the count anew.
 *
 * @throws JobdeckError `batch.throttled` when 8 attempts in a row took nothing; the same work may succeed later
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
      const message = `${what}: ${left} were not taken in ${tries} attempts${why}; try again later`;
      throw new JobdeckError('unavailable', 'batch.throttled', message);
    }
    await pacing.pause(retryDelayMs(BATCH_RETRY, tries, pacing.random()), signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}
