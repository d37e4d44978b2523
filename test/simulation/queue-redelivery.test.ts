import { expect, it } from 'vitest';
import type { QueueMessage, SourceReader, SourceRecord } from '../../functions/core/executors/flow/source-reader.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { range } from '../helpers/numbers.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

const db = memoryDb();

/** A queue that delivers these batches in order and then no more messages. */
function queueOf(...batches: readonly (readonly number[])[]): SourceReader & { readonly acknowledged: string[] } {
  const acknowledged: string[] = [];
  let given = 0;
  return {
    acknowledged,
    staged: true,
    unbounded: true,
    plan: async () => [null],
    async *read() {
      for (;;) {
        const batch = batches[given++];
        if (!batch) yield { waitMs: 60_000 };
        else {
          const records = batch.map((value): SourceRecord => ({ value }));
          const messages = batch.map((id): QueueMessage => ({ id: `${id}`, receipt: `${id} of ${given}` }));
          yield { records, messages, bytes: records.length, next: 0 };
        }
      }
    },
    async acknowledge(messages) {
      acknowledged.push(...messages.map(({ receipt }) => receipt));
    },
  };
}

it('skips a redelivered batch and takes the new messages of a mixed one', async () => {
  const platform = testPlatform(db);
  const sink = idempotentSink();
  const queue = queueOf(range(40), range(40), [3, 40, 39, 41]);
  connectOperators(platform, { sources: [queue], sinks: [sink] });
  platform.sliceMs = 45_000;
  const storedKeys: string[] = [];
  const put: typeof platform.objects.put = (...args) => platform.objects.put(...args);
  const objects: typeof platform.objects = {
    ...platform.objects,
    async put(key, ...rest) {
      storedKeys.push(key);
      return put(key, ...rest);
    },
  };
  const watched = { ...platform, objects };
  await startFlowRun(platform, await givenFlow(platform, { pageSize: 100 }));

  await drainSlices(platform, watched, 1);

  expect(sink.values()).toEqual(range(42));
  const receipts = (batch: number, ids: readonly number[]) => ids.map((id) => `${id} of ${batch}`);
  const all = [...receipts(1, range(40)), ...receipts(2, range(40)), ...receipts(3, [3, 40, 39, 41])];
  expect(queue.acknowledged.toSorted()).toEqual(all.toSorted());
  // The first batch, the redelivered second, and the third before and after deduplication.
  expect(storedKeys.filter((key) => key.includes('/hand/'))).toHaveLength(4);
});
