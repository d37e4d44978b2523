import type { Counter } from '../../domain/counters.ts';
import type { Counts } from '../../domain/drift.ts';
import { DELAYED_RUNS, STORED_BYTES } from '../../domain/run-counts.ts';
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

const NOTHING: Count = { counts: {}, changedAt: 0 };

interface MutableCount {
  readonly counts: Record<string, number>;
  changedAt: number;
}

/** Counts runs by counter. The size grows with the number of counters, not of runs. */
export class Tally {
  readonly #cuts: ReadonlyMap<string, string>;
  readonly #all = new Map<string, MutableCount>();
  readonly #old = new Map<string, MutableCount>();

  /** @param cuts the cuts of counters by name, for {@link Tally.ofOldRuns} */
  constructor(cuts: ReadonlyMap<string, string> = new Map()) {
    this.#cuts = cuts;
  }

  addRuns({ jobId, incarnation }: JobRef, runs: readonly ScannedRun[]): void {
    const job = counterName({ kind: 'job', jobId, incarnation });
    const tenant = counterName({ kind: 'tenant' });
    for (const run of runs) {
      const { counted: state, storedBytes, isDelayed, integrationId } = run;
      this.#add(tenant, run, state);
      if (storedBytes > 0) this.#add(tenant, run, STORED_BYTES, storedBytes);
      if (isDelayed) this.#add(tenant, run, DELAYED_RUNS);
      this.#add(job, run, state);
      if (integrationId !== null) this.#add(counterName({ kind: 'integration', integrationId }), run, state);
    }
  }

  get names(): readonly string[] {
    return [...this.#all.keys()];
  }

  of(name: string): Count {
    return this.#all.get(name) ?? NOTHING;
  }

  /** Returns the recount of the runs created before the counter's cut. */
  ofOldRuns(name: string): Count {
    return this.#old.get(name) ?? NOTHING;
  }

  #add(name: string, run: ScannedRun, attribute: string, n = 1): void {
    increase(this.#all, name, run, attribute, n);
    const cut = this.#cuts.get(name);
    if (cut !== undefined && run.createdAt < cut) increase(this.#old, name, run, attribute, n);
  }
}

function increase(
  all: Map<string, MutableCount>,
  name: string,
  { changedAt }: ScannedRun,
  attribute: string,
  n: number,
): void {
  const count = all.get(name) ?? { counts: {}, changedAt: 0 };
  all.set(name, count);
  count.counts[attribute] = (count.counts[attribute] ?? 0) + n;
  count.changedAt = Math.max(count.changedAt, changedAt);
}
