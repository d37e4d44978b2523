import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CapacityMeter, sum } from '../bench/capacity-meter.ts';
import { newBench, RUN_OPERATIONS } from '../bench/writes.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';

let store: TestStore;
let meter: CapacityMeter;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
  meter = new CapacityMeter(store.db.client);
});
afterAll(() => store.stop());

/** Capacity units as the database reports them, and calls. A change of these figures changes the price of a run. */
const PRICES: Readonly<Record<keyof typeof RUN_OPERATIONS, readonly [write: number, read: number, calls: number]>> = {
  'scheduled script run': [7, 5, 10],
  'scheduled http run': [7, 5, 10],
  'scheduled run that fails': [8, 5, 10],
  'scheduled run that fails once, is retried and ends well': [16, 8.5, 16],
  'manual run': [7, 5, 10],
  'manual run with an Idempotency-Key': [10, 6, 11],
  'manual run with an input of 250 bytes': [7, 5, 10],
  'manual run with an input of 3 KB': [11, 6, 12],
  'manual run that waits for a slot (with the release of the run before)': [12, 8, 18],
  'run of a backfill (with the step that starts it)': [9, 9.5, 16],
  'manual run that another follows': [7, 5, 10],
  'run after another (with the message that starts it)': [9, 11, 17],
  'run after another with 3 KB of results': [13, 12, 19],
  'manual run whose script starts another (with the start)': [12, 11, 19],
  'run that a script started (from its claim)': [3, 2.5, 5],
  'tick skipped by overlap': [2, 3, 5],
  'sweep of an expired run, which DynamoDB removes': [0, 1, 2],
  'purge of an expired run that DynamoDB has not removed': [2, 1, 3],
};

describe('the capacity units of a run', () => {
  it.each(Object.entries(RUN_OPERATIONS))('stay the same for a %s', async (name, operation) => {
    const calls = await operation(newBench(store.db, meter));

    expect([sum(calls, 'write'), sum(calls, 'read'), calls.length]).toEqual(PRICES[name]);
  });
});
