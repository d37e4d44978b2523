import { ConditionVariable } from '../support/wait.ts';

/** The pool of one function, as the account-wide limit uses it. */
export interface EnvironmentPool {
  /** Real epoch milliseconds since when the oldest idle environment is idle; `undefined` if none is idle. */
  readonly idleSince: number | undefined;
  /** Ends the oldest idle environment. The pool calls `release()` before this method returns. */
  retireOldest(): void;
}

/**
 * Limits the execution environments of all functions together, like the concurrency limit of an AWS account. An
 * environment takes about 60 MB.
 *
 * At the limit, a function gets the place of the environment that has been idle longest, or waits.
 */
export class AccountConcurrency {
  readonly #maximum: number;
  readonly #pools = new Set<EnvironmentPool>();
  readonly #waiting: (() => void)[] = [];
  readonly #changed = new ConditionVariable();
  #inUse = 0;

  /**
   * @param maximumEnvironments at least 1. Must exceed the number of concurrent long-running invocations; otherwise
   * requests wait for them
   */
  constructor({ maximumEnvironments }: { readonly maximumEnvironments: number }) {
    if (!(maximumEnvironments >= 1)) {
      throw new RangeError(`account: maximumEnvironments must be at least 1, got ${maximumEnvironments}`);
    }
    this.#maximum = maximumEnvironments;
  }

  register(pool: EnvironmentPool): void {
    this.#pools.add(pool);
  }

  /** @returns whether `acquire()` would resolve at once */
  get hasCapacity(): boolean {
    if (this.#waiting.length > 0) return false;
    return this.#inUse < this.#maximum || [...this.#pools].some((pool) => pool.idleSince !== undefined);
  }

  /** Resolves when `hasCapacity` may have become true; rejects on abort. */
  async nextChange(signal: AbortSignal): Promise<void> {
    await this.#changed.wait(signal);
  }

  /** Resolves when a place for an environment is available. The place is held until `release()`. */
  acquire(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#admit();
    return promise;
  }

  /** Releases the place of an environment that has ended or was not needed. */
  release(): void {
    this.#inUse--;
    this.#admit();
    this.#changed.notifyAll();
  }

  /** Reports an idle environment, whose place a waiting function may take. */
  notifyIdle(): void {
    this.#admit();
    this.#changed.notifyAll();
  }

  #admit(): void {
    while (this.#waiting.length > 0) {
      if (this.#inUse < this.#maximum) {
        this.#inUse++;
        this.#waiting.shift()?.();
      } else if (!this.#retireOne()) {
        return;
      }
    }
  }

  #retireOne(): boolean {
    let oldest: { pool: EnvironmentPool; since: number } | undefined;
    for (const pool of this.#pools) {
      const since = pool.idleSince;
      if (since !== undefined && (!oldest || since < oldest.since)) oldest = { pool, since };
    }
    oldest?.pool.retireOldest();
    return oldest !== undefined;
  }
}
