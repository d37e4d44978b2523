import type { TenantId } from '../../domain/tenant.ts';
import { TenantDeletedError } from '../../domain/tenant-tombstone.ts';
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
  const failed: unknown[] = [];
  for (const item of items) {
    if (!hasTime()) break;
    try {
      await repair(item);
    } catch (error) {
      if (error instanceof TenantDeletedError) throw error;
      // guard: sweep.items-apart
      failed.push(error);
    }
  }
  if (failed.length > 0) {
    throw new AggregateError(
      failed,
      `${failed.length} of ${items.length} were not repaired; first: ${String(failed[0])}`,
    );
  }
}
