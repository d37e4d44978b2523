import { expect, it } from 'vitest';
import type { StopMode } from '../../functions/core/domain/flow/stop.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import type { SourceReader, SourceRecord } from '../../functions/core/executors/flow/source-reader.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { aFlow, givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { nonReplayableSource } from '../helpers/fakes/sources.ts';
import { ascending, range } from '../helpers/numbers.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

/** Staged pages of a stopped run are adopted by the restarted run, for any parallelism. */

const store = { db: memoryDb() };

const numberOf = (value: unknown) => (value as { number: number }).number;

/** A queue of numbers from which any of `splits` tasks takes ten at a time. */
function queueOf(count: number, splits = 16): SourceReader {
  let taken = 0;
  return {
    staged: true,
    unbounded: true,
    plan: async () => range(splits).map(() => null),
    async *read() {
      for (;;) {
        if (taken >= count) yield { waitMs: 60_000 };
        else {
          const records = range(10).map((i): SourceRecord => ({ value: { number: taken + i } }));
          taken += records.length;
          yield { records, bytes: records.length, next: 0 };
        }
      }
    },
  };
}

const countStaged = async ({ db }: TestPlatform, ref: RunRef) =>
  (await listTasks(db, ref, 64)).filter(({ staged }) => staged !== null).length;

/** A run of these sources whose slices end as soon as possible, with a staged page. */
async function aRunOf(sources: SourceReader[], parallelism: number, slices: number) {
  const platform = testPlatform(store.db);
  const sink = idempotentSink();
  connectOperators(platform, { sources, sinks: [sink] });
  platform.sliceMs = 0;
  const job = await givenFlow(platform, {
    parallelism,
    sources: sources.map((_, i) => ({ id: `source_${i}`, name: 'Orders', type: 'sqs', queue: `orders-${i}` })),
  });
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform, platform, slices);
  return { platform, sink, job, ref };
}

const stop = (platform: TestPlatform, ref: RunRef, mode: StopMode = 'checkpoint') =>
  stopFlow(platform, ref, 'ana@acme.test', {
    mode,
    requestedAt: new Date(platform.now()).toISOString(),
    timeoutMs: 30_000,
  });

async function rescaled(platform: TestPlatform, job: Job, ref: RunRef, parallelism: number, slices: number) {
  const { ulid, ...rest } = await restartRun(platform, job, await requireRun(platform, ref), { parallelism });
  await processRunMessages(platform);
  await drainSlices(platform, platform, slices);
  return { ...rest, ulid };
}

it('adopts the staged pages of an unbounded source with more and with fewer tasks', async () => {
  const { platform, sink, job, ref } = await aRunOf([queueOf(200)], 4, 4);
  const staged = await countStaged(platform, ref);

  let last: RunRef = ref;
  for (const parallelism of [1, 4, 2, 8, 3]) {
    await stop(platform, last);
    last = await rescaled(platform, job, last, parallelism, 7);
  }
  await drainSlices(platform, platform, 100);

  expect(staged).toBe(4);
  expect(ascending(sink.values().map(numberOf))).toEqual(range(200));
  expect(sink.deliveries).toBe(sink.received.size);
  expect(sink.contradictions).toEqual([]);
});

it('adopts the staged pages of the run before one that was stopped before planning', async () => {
  const { platform, sink, job, ref } = await aRunOf([queueOf(200)], 4, 6);
  await stop(platform, ref);
  const unplanned = await restartRun(platform, job, await requireRun(platform, ref), { parallelism: 2 });
  platform.sent.splice(0);
  await stop(platform, unplanned);

  await rescaled(platform, job, unplanned, 3, 100);

  expect((await requireRun(platform, unplanned)).flow?.plan).toBeNull();
  expect(ascending(sink.values().map(numberOf))).toEqual(range(200));
  expect(sink.contradictions).toEqual([]);
  const changed = { ...job, target: { type: 'flow', flow: aFlow({ pageSize: 99 }) } } as const;
  const restarted = restartRun(platform, changed, await requireRun(platform, unplanned), {});
  await expect(restarted).rejects.toMatchObject({ code: 'flow.changed' });
});

it('adopts the staged pages of a queue after an immediate or forced stop', async () => {
  for (const mode of ['immediate', 'force'] as const) {
    const { platform, sink, job, ref } = await aRunOf([queueOf(200)], 4, 9);
    await takeCheckpoint(platform, await requireRun(platform, ref), 'request');
    await drainSlices(platform, platform, 3);
    await stop(platform, ref, mode);

    await rescaled(platform, job, ref, 3, 100);

    expect(ascending(sink.values().map(numberOf))).toEqual(range(200));
    expect(sink.contradictions).toEqual([]);
  }
});

it('stops with a checkpoint if the run is planned while the stop is requested', async () => {
  const platform = testPlatform(store.db);
  connectOperators(platform, { sources: [queueOf(200)], sinks: [idempotentSink()] });
  const job = await givenFlow(platform);
  const ref = await triggerJob(platform, job);
  const { client } = platform.db;
  let looks = 0;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    const answer = await client.send(command);
    // Plans the run after the stop request has read it.
    if (++looks === 1) await processRunMessages(platform);
    return answer;
  };
  const slow = { ...platform.db, client: Object.assign(Object.create(client) as typeof client, { send }) };

  const requested = await stop({ ...platform, db: slow }, ref);

  expect(requested).toMatchObject({ state: 'canceled', stop: { mode: 'checkpoint' }, flow: { plan: { tasks: 2 } } });
  expect(await listCheckpoints(platform.db, ref)).toMatchObject([{ cause: 'stop', state: 'completed' }]);
});

it('adopts the staged pages of several sources that one task reads in sequence', async () => {
  const [first, second] = [nonReplayableSource(4, 20), nonReplayableSource(4, 20)];
  const { platform, sink, job, ref } = await aRunOf([first, second], 2, 2);
  const staged = await countStaged(platform, ref);

  await stop(platform, ref);
  platform.sliceMs = 45_000;
  const next = await rescaled(platform, job, ref, 1, 1_000);

  expect(staged).toBe(2);
  // The task counts adopted pages as read: otherwise more pages would be processed than read.
  expect(await requireRun(platform, next)).toMatchObject({
    state: 'completed',
    flow: { ended: { records: { exported: 160, success: 160, pagesGenerated: 16, pagesProcessed: 16 } } },
  });
  const twice = range(80).flatMap((number) => [number, number]);
  expect(ascending(sink.values().map(numberOf))).toEqual(twice);
  expect(sink.deliveries).toBe(sink.received.size);
  expect(sink.contradictions).toEqual([]);
});

it('writes no page key twice if a run is restarted a second time', async () => {
  const { platform, sink, job, ref } = await aRunOf([queueOf(200)], 2, 5);
  await stop(platform, ref);
  const first = await rescaled(platform, job, ref, 2, 9);
  await stop(platform, first);

  await rescaled(platform, job, ref, 3, 100);

  // The staged pages of the first restart belong to that restart.
  const values = sink.values().map(numberOf);
  expect(values.length).toBeGreaterThan(100);
  expect(new Set(values).size).toBe(values.length);
  expect(sink.contradictions).toEqual([]);
});

it('writes pages that a source returns differently under new keys after a restart of an ended run', async () => {
  const { platform, sink, job, ref } = await aRunOf([nonReplayableSource(5, 20)], 1, 3);
  await takeCheckpoint(platform, await requireRun(platform, ref), 'request');
  await drainSlices(platform);

  const next = await rescaled(platform, job, ref, 1, 1_000);

  expect([(await requireRun(platform, ref)).state, (await requireRun(platform, next)).state]).toEqual([
    'completed',
    'completed',
  ]);
  expect(new Set(sink.values().map(numberOf))).toEqual(new Set(range(100)));
  expect(sink.contradictions).toEqual([]);
});
