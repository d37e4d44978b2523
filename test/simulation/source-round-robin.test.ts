import { describe, expect, it } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import type { SourceReader, SourceRecord } from '../../functions/core/executors/flow/source-reader.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { range } from '../helpers/numbers.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** A task that reads several unbounded sources takes a batch of each in turn. */

const db = memoryDb();

/** `JOBDECK_SEEDS` sets another number. */
const SEEDS = Number(process.env.JOBDECK_SEEDS ?? 2);

const textsOf = (values: readonly unknown[]) => (values as string[]).toSorted();

interface Queue extends SourceReader {
  /** Number of reads, and of reads by a task that does not wait. */
  readonly reads: number;
  readonly eagerReads: number;
}

/** A queue of `count` named messages from which any task takes ten at a time. */
function queueOf(name: string, count: number, splits = 8): Queue {
  let [taken, reads, eagerReads] = [0, 0, 0];
  return {
    get reads() {
      return reads;
    },
    get eagerReads() {
      return eagerReads;
    },
    staged: true,
    unbounded: true,
    plan: async () => range(splits).map(() => null),
    async *read(_split, _from, _signal, isPatient = () => true) {
      for (;;) {
        reads += 1;
        if (!isPatient()) eagerReads += 1;
        if (taken >= count) yield { waitMs: 0 };
        else {
          const records = range(Math.min(10, count - taken)).map(
            (i): SourceRecord => ({ value: `${name} ${taken + i}` }),
          );
          taken += records.length;
          yield { records, bytes: records.length, next: 0 };
        }
      }
    },
  };
}

async function aRunOf(sources: SourceReader[], { parallelism = 1, sliceMs = 0 } = {}) {
  const platform = testPlatform(db);
  const sink = idempotentSink();
  connectOperators(platform, { sources, sinks: [sink] });
  platform.sliceMs = sliceMs;
  const job = await givenFlow(platform, {
    parallelism,
    sources: sources.map((_, i) => ({ id: `source_${i}`, name: 'Orders', type: 'sqs', queue: `orders-${i}` })),
  });
  const ref: RunRef = await startFlowRun(platform, job);
  return { platform, sink, job, ref };
}

const stop = (platform: TestPlatform, ref: RunRef) => {
  const requestedAt = new Date(platform.now()).toISOString();
  return stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
};

async function restarted(
  platform: TestPlatform,
  job: Parameters<typeof restartRun>[1],
  ref: RunRef,
  parallelism: number,
) {
  const run = await getRun(platform.db, ref);
  if (!run) throw new Error('the run does not exist');
  const next = await restartRun(platform, job, run, { parallelism });
  await processRunMessages(platform);
  return next;
}

describe('one task that reads several queues', () => {
  it('takes equally many messages of each while none is empty', async () => {
    const { platform, sink } = await aRunOf([queueOf('a', 500), queueOf('b', 500), queueOf('c', 500)]);

    // The page that the last slice staged is not committed yet.
    await drainSlices(platform, platform, 16);

    const countOf = (name: string) => textsOf(sink.values()).filter((value) => value.startsWith(name)).length;
    expect([countOf('a'), countOf('b'), countOf('c')]).toEqual([50, 50, 50]);
    expect(sink.contradictions).toEqual([]);
  });

  it('reads the other queues while one is empty, and waits only if all are empty', async () => {
    const [empty, full] = [queueOf('a', 0), queueOf('b', 200)];
    const { platform, sink } = await aRunOf([empty, full], { sliceMs: 45_000 });

    const slice = drainSlices(platform, platform, 1);
    await expect.poll(() => empty.reads - empty.eagerReads).toBeGreaterThan(0);
    platform.advance(60_000);
    await slice;

    expect(sink.values()).toHaveLength(200);
    expect(empty.eagerReads).toBeGreaterThan(15);
    expect(full.eagerReads).toBeLessThan(5);
  });

  it(
    'loses and repeats no message across random stops and rescales',
    async () => {
      for (const seed of range(SEEDS)) {
        const random = seededRandom(seed);
        const { platform, sink, job, ref } = await aRunOf([queueOf('a', 90), queueOf('b', 90), queueOf('c', 30)]);
        let last = ref;
        for (const parallelism of [2, 1, 5, 1]) {
          await drainSlices(platform, platform, 1 + Math.floor(random() * 6));
          await stop(platform, last);
          last = await restarted(platform, job, last, parallelism);
        }

        for (let slices = 0; slices < 60 && sink.values().length < 210; slices += 5)
          await drainSlices(platform, platform, 5);

        const all = [
          ...range(90).map((i) => `a ${i}`),
          ...range(90).map((i) => `b ${i}`),
          ...range(30).map((i) => `c ${i}`),
        ];
        expect({ seed, values: textsOf(sink.values()) }).toEqual({ seed, values: all.toSorted() });
        expect(sink.deliveries).toBe(sink.received.size);
        expect(sink.contradictions).toEqual([]);
      }
    },
    30_000 * SEEDS,
  );
});

it('interrupts a task that waits for messages on a stop with a checkpoint', async () => {
  const nothing: SourceReader = {
    ...queueOf('a', 0),
    async *read() {
      for (;;) yield { waitMs: 40_000 };
    },
  };
  const { platform, ref } = await aRunOf([nothing], { sliceMs: 45_000 });
  const [message] = platform.slices.splice(0);
  if (!message) throw new Error('no slice was sent');
  const slice = runSlice(platform, { v: 1, ...message });
  await expect.poll(async () => (await listTasks(platform.db, ref, 1))[0]?.lease).not.toBeNull();

  await stop(platform, ref);
  await slice;

  expect(await getRun(platform.db, ref)).toMatchObject({ state: 'canceled' });
  expect(await listCheckpoints(platform.db, ref)).toMatchObject([{ cause: 'stop', state: 'completed' }]);
});
