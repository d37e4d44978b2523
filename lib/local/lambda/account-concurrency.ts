import { ConditionVariable } from '../support/wait.ts';

/** A function's pool, as the account sees it. */
export interface EnvironmentPool {
  /** Real epoch milliseconds since when its oldest idle environment has been idle; undefined when none is. */
  readonly idleSince: number | undefined;
  /** Ends the oldest idle environment; the pool calls `closed()` before this returns. */
  retireOldest(): void;
}

/**
 * Bounds the execution environments of all functions together, as an AWS account does. Each costs about 60 MB here. A
 * function that needs one when none is left takes over the place of the one that has been idle longest, or waits.
 */
export class AccountConcurrency {
  readonly #maximum: number;
  readonly #pools = new Set<EnvironmentPool>();
  readonly #waiting: (() => void)[] = [];
  readonly #changed = new ConditionVariable();
  #open = 0;

  /**
   * @param maximumEnvironments at least 1; more than all long-running invocations together, or requests wait for those
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

  /** True when one more environment would be admitted at once. */
  get hasCapacity(): boolean {
    if (this.#waiting.length > 0) return false;
    return this.#open < this.#maximum || [...this.#pools].some((pool) => pool.idleSince !== undefined);
  }

  /** Resolves when `hasRoom` may have become true; rejects on abort. */
  async nextChange(signal: AbortSignal): Promise<void> {
    await this.#changed.wait(signal);
  }

  /** Resolves when there is a place for one more environment. The place is taken until `closed()`. */
  acquire(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#admit();
    return promise;
  }

  /** An environment is gone, or its place was not needed. */
  release(): void {
    this.#open--;
    this.#admit();
    this.#changed.notifyAll();
  }

  /** An environment has become idle: whoever waits may have its place. */
  notifyIdle(): void {
    this.#admit();
    this.#changed.notifyAll();
  }

  #admit(): void {
    while (this.#waiting.length > 0) {
      if (this.#open < this.#maximum) {
        this.#open++;
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
