import { setTimeout as sleep } from 'node:timers/promises';

/** Sleeps; returns early, without an error, on abort. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Doubling delays in milliseconds between two bounds. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  #next: number;

  constructor(first: number, most: number) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  /** The next delay. */
  next(): number {
    const delay = this.#next;
    this.#next = Math.min(delay * 2, this.#most);
    return delay;
  }

  reset(): void {
    this.#next = this.#first;
  }
}

/** Waits for the promise, but not longer than this. */
export async function withTimeout(ms: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([promise, pause(ms, over.signal)]);
  over.abort();
}

/** Wakes whoever waits for something to have changed. */
export class ConditionVariable {
  #rung = Promise.withResolvers<void>();

  notifyAll(): void {
    this.#rung.resolve();
    this.#rung = Promise.withResolvers();
  }

  /** Resolves at the next ring; rejects on abort. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    await Promise.race([this.#rung.promise, aborted.promise]);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
  }
}
