import { setTimeout as sleep } from 'node:timers/promises';

/** Sleeps for `ms` milliseconds. Returns early on abort, without an error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Exponential backoff between two bounds, in milliseconds. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  #next: number;

  constructor(first: number, most: number) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  /** Returns the current delay and doubles the next one. */
  next(): number {
    const delay = this.#next;
    this.#next = Math.min(delay * 2, this.#most);
    return delay;
  }

  reset(): void {
    this.#next = this.#first;
  }
}

/** Waits for the promise for at most `ms` milliseconds. A timeout is not an error. */
export async function withTimeout(ms: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([promise, pause(ms, over.signal)]);
  over.abort();
}

/** Wakes waiting callers when a state may have changed. */
export class ConditionVariable {
  #rung = Promise.withResolvers<void>();

  notifyAll(): void {
    this.#rung.resolve();
    this.#rung = Promise.withResolvers();
  }

  /** Resolves at the next `notifyAll()`; rejects on abort. */
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
