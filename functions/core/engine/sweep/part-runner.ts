import type { TenantId } from '../../domain/tenant.ts';
import { TenantDeletedError } from '../../domain/tenant-tombstone.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';

/** Runs the parts of one tenant's sweep. A part that fails is logged and does not prevent the others. */
export class PartRunner {
  /** Errors of the parts that failed, in order. */
  readonly failures: unknown[] = [];
  readonly #log: Platform['log'];
  readonly #tenant: TenantId;

  constructor({ log }: Pick<Platform, 'log'>, tenant: TenantId) {
    this.#log = log;
    this.#tenant = tenant;
  }

  /**
   * Runs a part.
   *
   * @param name name of the part in the log
   * @returns the part's result, or `undefined` if it failed
   * @throws TenantDeletedError
   */
  async run<Result>(name: string, part: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await part();
    } catch (error) {
      if (error instanceof TenantDeletedError) throw error;
      this.#log.error('sweep.part_failed', { tenant: this.#tenant, part: name, error: String(error) });
      // guard: sweep.parts-apart
      this.failures.push(error);
      return undefined;
    }
  }
}

/**
 * Repairs the items in order until the time is over. An item that cannot be repaired does not hold up the others.
 *
 * @throws AggregateError after the last item, if some failed
 * @throws TenantDeletedError
 */
export async function repairEach<Item>(
  items: readonly Item[],
  hasTime: HasTime,
  repair: (item: Item) => Promise<void>,
): Promise<void> {
  throwFailures(await failuresOf(items, hasTime, repair), `of ${items.length} were not repaired`);
}

/**
 * Handles the items in order until the time is over.
 *
 * @param concurrency number of items that are handled at the same time
 * @returns the errors of the items that failed
 * @throws TenantDeletedError
 */
export async function failuresOf<Item>(
  items: readonly Item[],
  hasTime: HasTime,
  handle: (item: Item) => Promise<void>,
  concurrency = 1,
): Promise<readonly unknown[]> {
  const failed: unknown[] = [];
  await forEachConcurrent(concurrency, items, async (item) => {
    if (!hasTime()) return;
    try {
      await handle(item);
    } catch (error) {
      if (error instanceof TenantDeletedError) throw error;
      // guard: sweep.items-apart
      failed.push(error);
    }
  });
  return failed;
}

/**
 * @param what follows the number of failures in the message
 * @throws AggregateError if there are failures
 */
export function throwFailures(failures: readonly unknown[], what: string): void {
  if (failures.length === 0) return;
  throw new AggregateError(failures, `${failures.length} ${what}; first: ${String(failures[0])}`);
}
