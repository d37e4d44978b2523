import { GRACE_MS } from '../../functions/core/executors/script/script-runner.ts';

/** The reason why a run was stopped. */
export type StopReason = 'timeout' | 'canceled';

/**
 * Stops a run at its timeout or when it is canceled, as a worker does: a script that never read `signal` is stopped at
 * once, another one after a grace period.
 */
export class StopWatch {
  /** Resolves when the run has to end. */
  readonly reached: Promise<void>;
  readonly #abort = new AbortController();
  readonly #cancel: AbortSignal | undefined;
  readonly #timers: NodeJS.Timeout[];
  #reach: () => void = () => {};
  #isRead = false;
  #reason: StopReason | undefined;

  /** @param cancel cancels the run */
  constructor(timeoutMs: number, cancel: AbortSignal | undefined) {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#timers = [setTimeout(() => this.#stop('timeout'), timeoutMs)];
    this.#cancel = cancel;
    cancel?.addEventListener('abort', this.#onCancel);
    if (cancel?.aborted) this.#onCancel();
  }

  /** The reason of the stop; `undefined` if the run was not stopped. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** The signal of the script. */
  get signal(): AbortSignal {
    this.#isRead = true;
    return this.#abort.signal;
  }

  /** Releases timers and listeners. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#cancel?.removeEventListener('abort', this.#onCancel);
  }

  readonly #onCancel = (): void => this.#stop('canceled');

  #stop(reason: StopReason): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#abort.abort();
    if (this.#isRead) this.#timers.push(setTimeout(this.#reach, GRACE_MS));
    else this.#reach();
  }
}
