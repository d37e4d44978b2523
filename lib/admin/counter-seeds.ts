import {
  CURRENT_PREFIX,
  DURATION_BUCKET_PREFIX,
  LATENCY_BUCKET_PREFIX,
  runDeltas,
  TOTAL_PREFIX,
} from '../../functions/core/domain/counters.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { type CounterRow, LAST_FINISH_PREFIX, seedCounter } from '../../functions/core/store/counters.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { counterKey, kindOfRow } from '../../functions/core/store/keys.ts';
import { toRun } from '../../functions/core/store/run-item.ts';
import type { RowLine } from './export-format.ts';

/** What is counted for good: a row that is purged does not take it along, so it cannot be counted again from rows. */
const LASTING = [TOTAL_PREFIX, DURATION_BUCKET_PREFIX, LATENCY_BUCKET_PREFIX];

/** Minutes are counted for good, too, and then forgotten. */
function isLasting(sk: string, name: string): boolean {
  const prefixes = kindOfRow('counters', sk) === 'minuteCounter' ? [CURRENT_PREFIX] : LASTING;
  return prefixes.some((prefix) => name.startsWith(prefix));
}

/** What the counters of an export counted of runs that are not in it: it is to be there before those that are. */
export class CounterSeeds {
  readonly #counters = new Map<string, Record<string, unknown>>();
  /** What the runs of the export will add, by counter. */
  readonly #coming = new Map<string, Record<string, number>>();

  add({ kind, table, row }: RowLine): void {
    if (kind === 'run') this.#addRun(row);
    if (table !== 'counters') return;
    const { pk, sk, ...values } = row;
    this.#counters.set(sk as string, values);
  }

  #addRun(row: RowLine['row']): void {
    for (const { counter, add } of runDeltas(undefined, toRun(row))) {
      const { sk } = counterKey('' as TenantId, counter);
      const coming = this.#coming.get(sk) ?? {};
      for (const [name, amount] of Object.entries(add)) coming[name] = (coming[name] ?? 0) + amount;
      this.#coming.set(sk, coming);
    }
  }

  /** Gives each counter that is not there yet what no row brings. */
  async put(db: Db, tenant: TenantId): Promise<void> {
    for (const [sk, values] of this.#counters) {
      const seed: CounterRow = {};
      for (const [name, value] of Object.entries(values)) {
        if (name.startsWith(LAST_FINISH_PREFIX)) seed[name] = value as string;
        if (!isLasting(sk, name)) continue;
        const left = (value as number) - (this.#coming.get(sk)?.[name] ?? 0);
        // The export is no snapshot: a run that ended meanwhile may be in it, and not counted.
        if (left > 0) seed[name] = left;
      }
      if (Object.keys(seed).length === 0) continue;
      await seedCounter(db, tenant, sk, { ...seed, ...(values.ttl !== undefined && { ttl: values.ttl as number }) });
    }
  }
}
