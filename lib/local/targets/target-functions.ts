import { join } from 'node:path';
import type { DeclaredTargets } from '../../../functions/core/domain/targets/declared-target.ts';
import type { AccountConcurrency } from '../lambda/account-concurrency.ts';
import { LambdaFunction } from '../lambda/function.ts';
import type { LogEntry, LogSink } from '../lambda/log.ts';
import type { Clock } from '../support/clock.ts';
import { buildFunction } from './build-function.ts';
import type { InvocableFunctions } from './lambda-service.ts';

/** Limits of a function of the team on this machine: those that its own settings have at most on AWS, and its usual memory. */
const TIMEOUT_MS = 15 * 60_000;
const MEMORY_MB = 512;

export interface TargetFunctionsOptions {
  /** Folder of the bundles. */
  readonly folder: string;
  readonly clock: Clock;
  readonly account: AccountConcurrency;
  readonly log: LogSink;
}

/** The Lambda functions of the team that jobs may invoke, from the modules that their targets declare. */
export class TargetFunctions implements InvocableFunctions {
  readonly #options: TargetFunctionsOptions;
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #observers = new Map<string, (entry: LogEntry) => void>();

  constructor(options: TargetFunctionsOptions) {
    this.#options = options;
  }

  /**
   * Bundles and starts the functions.
   *
   * @param env environment variables that direct the AWS SDK to the local services
   * @throws Error if a module cannot be bundled
   */
  async start(targets: DeclaredTargets, env: Readonly<Record<string, string>>): Promise<void> {
    const { folder, clock, account } = this.#options;
    for (const [name, target] of Object.entries(targets)) {
      if (target.type !== 'lambda' || target.module === undefined) continue;
      const bundle = await buildFunction(name, target.module, join(folder, name));
      const fn = new LambdaFunction({
        name: `target-${name}`,
        bundle,
        env,
        timeoutMs: TIMEOUT_MS,
        memoryMb: MEMORY_MB,
        clock,
        account,
        log: (entry) => this.#onEntry(entry),
      });
      this.#functions.set(target.function, fn);
    }
  }

  find(arn: string): LambdaFunction | undefined {
    return this.#functions.get(arn);
  }

  observe(requestId: string, onEntry: (entry: LogEntry) => void): { stop(): void } {
    this.#observers.set(requestId, onEntry);
    return { stop: () => void this.#observers.delete(requestId) };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#functions.values()].map((fn) => fn.stop()));
  }

  #onEntry(entry: LogEntry): void {
    this.#options.log(entry);
    if (entry.requestId !== undefined) this.#observers.get(entry.requestId)?.(entry);
  }
}
