import { setTimeout as sleep } from 'node:timers/promises';

/** Sleeps for `ms` milliseconds. Returns early on abort, without an error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Exponential backoff between two bounds, in milliseconds. */
export class Backoff {
  readonly #min: number;
  readonly #max: number;
  #next: number;

  constructor(min: number, max: number) {
    this.#min = min;
    this.#max = max;
    this.#next = min;
  }

  /** Returns the current delay and doubles the next one. */
  next(): number {
    const delay = this.#next;
    this.#next = Math.min(delay * 2, this.#max);
    return delay;
  }

  reset(): void {
    this.#next = this.#min;
  }
}

/** Waits for the promise for at most `ms` milliseconds. A timeout is not an error. */
export async function withTimeout(ms: number, promise: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([promise, pause(ms, timeout.signal)]);
  timeout.abort();
}

/** Wakes waiting callers when a state may have changed. */
export class ConditionVariable {
  #notified = Promise.withResolvers<void>();

  notifyAll(): void {
    this.#notified.resolve();
    this.#notified = Promise.withResolvers();
  }

  /** Resolves at the next `notifyAll()`; rejects on abort. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    await Promise.race([this.#notified.promise, aborted.promise]);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
  }
}
