import type { RunRef } from '../domain/run.ts';
import { bucketOf, mergeSketches, type Sketch } from '../domain/sketch.ts';
import { type Db, query, update } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { LATENCY_PREFIX, latencyKey, recordsPartition } from './keys.ts';
import { type RecordOwner, stateTtlOf } from './run-item.ts';

/** Latency sketches by operator index: records by bucket of milliseconds. */
export type Latencies = ReadonlyMap<number, Sketch>;

/** The latencies that a slice measured and has not stored yet. */
export class LatencyMeter {
  readonly #buckets = new Map<string, number>();

  /** Records the latency of a number of records at an operator. */
  record(operator: number, ms: number, records: number): void {
    const name = `o${operator}_${bucketOf(ms)}`;
    this.#buckets.set(name, (this.#buckets.get(name) ?? 0) + records);
  }

  /** Returns the latencies recorded since the last call. */
  drain(): Readonly<Record<string, number>> {
    const taken = Object.fromEntries(this.#buckets);
    this.#buckets.clear();
    return taken;
  }
}

/**
 * Stores the latencies measured by a slice of a task.
 *
 * @param now epoch milliseconds
 */
export async function addLatencies(
  db: Db,
  run: RecordOwner,
  task: number,
  meter: LatencyMeter,
  now: number,
): Promise<void> {
  const add = meter.drain();
  if (Object.keys(add).length === 0) return;
  await update(db, db.tables.records, latencyKey(run, task), { add, set: { ttl: stateTtlOf(run, now) } });
}

/** Returns the latencies measured by all tasks of a run. */
export async function getLatencies(db: Db, run: RunRef): Promise<Latencies> {
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', LATENCY_PREFIX));
  const sketches = new Map<number, Sketch>();
  for (const { pk, sk, ttl, ...counts } of await query(db, db.tables.records, key)) {
    for (const [name, records] of Object.entries(counts)) {
      const [operator = 0, bucket = 0] = name.slice(1).split('_').map(Number);
      sketches.set(operator, mergeSketches([sketches.get(operator) ?? {}, { [bucket]: records as number }]));
    }
  }
  return sketches;
}
