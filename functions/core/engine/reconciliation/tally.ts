import type { Counter } from '../../domain/counters.ts';
import type { Counts } from '../../domain/drift.ts';
import { STORED_BYTES } from '../../domain/run-counts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { counterKey, type JobRef } from '../../store/keys.ts';
import type { ScannedRun } from '../../store/run-scan.ts';

/** The recount of one counter. */
export interface Count {
  readonly counts: Counts;
  /** Time of the newest change of a counted row, in epoch milliseconds; 0 without rows. */
  readonly changedAt: number;
}

/** Returns the name of a counter in tallies, logs and tests, for example `JOB#sync-email#abc12345`. */
export const counterName = (counter: Counter): string => counterKey('' as TenantId, counter).sk;

/** Counts runs by counter. The size grows with the number of counters, not of runs. */
export class Tally {
  readonly #counts = new Map<string, { counts: Record<string, number>; changedAt: number }>();

  addRuns({ jobId, incarnation }: JobRef, runs: readonly ScannedRun[]): void {
    const job = counterName({ kind: 'job', jobId, incarnation });
    const tenant = counterName({ kind: 'tenant' });
    for (const { counted: state, storedBytes, integrationId, changedAt } of runs) {
      this.#add(tenant, state, changedAt);
      if (storedBytes > 0) this.#add(tenant, STORED_BYTES, changedAt, storedBytes);
      this.#add(job, state, changedAt);
      if (integrationId !== null) this.#add(counterName({ kind: 'integration', integrationId }), state, changedAt);
    }
  }

  get names(): readonly string[] {
    return [...this.#counts.keys()];
  }

  of(name: string): Count {
    return this.#counts.get(name) ?? { counts: {}, changedAt: 0 };
  }

  #add(name: string, state: string, changedAt: number, n = 1): void {
    const count = this.#counts.get(name) ?? { counts: {}, changedAt: 0 };
    this.#counts.set(name, count);
    count.counts[state] = (count.counts[state] ?? 0) + n;
    count.changedAt = Math.max(count.changedAt, changedAt);
  }
}
