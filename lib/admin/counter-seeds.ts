import { CURRENT_PREFIX, runDeltas, TOTAL_PREFIX } from '../../functions/core/domain/counters.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { type CounterRow, LAST_FINISH_PREFIX, seedCounter } from '../../functions/core/store/counters.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { counterKey, type Key, kindOfRow } from '../../functions/core/store/keys.ts';
import { toRun } from '../../functions/core/store/run-item.ts';
import type { RowLine } from './export-format.ts';

/**
 * @returns whether a value is cumulative: it includes purged rows, so it cannot be recomputed from rows. Minute counters
 * are cumulative until they expire.
 */
function isCumulative(key: Key, name: string): boolean {
  return name.startsWith(kindOfRow('counters', key) === 'minuteCounter' ? CURRENT_PREFIX : TOTAL_PREFIX);
}

/**
 * The part of an export's counters that its runs do not account for, such as purged runs. Written before the runs are
 * imported.
 */
export class CounterSeeds {
  readonly #counters = new Map<string, Record<string, unknown>>();
  /** Amounts that the runs of the export will add, by counter. */
  readonly #fromRuns = new Map<string, Record<string, number>>();

  add({ kind, table, row }: RowLine): void {
    if (kind === 'run') this.#addRun(row);
    if (table !== 'counters') return;
    const { pk, sk, ...values } = row;
    this.#counters.set(sk as string, values);
  }

  #addRun(row: RowLine['row']): void {
    for (const { counter, add } of runDeltas(undefined, toRun(row))) {
      const { sk } = counterKey('' as TenantId, counter);
      const amounts = this.#fromRuns.get(sk) ?? {};
      for (const [name, amount] of Object.entries(add)) amounts[name] = (amounts[name] ?? 0) + amount;
      this.#fromRuns.set(sk, amounts);
    }
  }

  /** Creates missing counters with the amounts that no row will add. */
  async write(db: Db, tenant: TenantId): Promise<void> {
    for (const [sk, values] of this.#counters) {
      const seed: CounterRow = {};
      for (const [name, value] of Object.entries(values)) {
        if (name.startsWith(LAST_FINISH_PREFIX)) seed[name] = value as string;
        if (!isCumulative({ pk: tenant, sk }, name)) continue;
        const left = (value as number) - (this.#fromRuns.get(sk)?.[name] ?? 0);
        // An export is not a snapshot: it may contain a run that its counters do not include.
        if (left > 0) seed[name] = left;
      }
      if (Object.keys(seed).length === 0) continue;
      await seedCounter(db, tenant, sk, { ...seed, ...(values.ttl !== undefined && { ttl: values.ttl as number }) });
    }
  }
}
