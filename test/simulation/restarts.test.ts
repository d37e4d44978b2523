import { describe, expect, it } from 'vitest';
import type { StopMode } from '../../functions/core/domain/flow/stop.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { listCheckpoints, pinCheckpoint } from '../../functions/core/store/checkpoints.ts';
import { replaceJob } from '../../functions/core/store/jobs.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { aFlow, givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { nonReplayableSource, replayableSource } from '../helpers/fakes/sources.ts';
import { iterations } from '../helpers/iterations.ts';
import { ascending, range } from '../helpers/numbers.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const store = { db: memoryDb() };

/** `JOBDECK_SEEDS` sets another number. */
const SEEDS = Number(process.env.JOBDECK_SEEDS ?? iterations(2, 4));

const numberOf = (value: unknown) => (typeof value === 'number' ? value : (value as { number: number }).number);

const stop = async (platform: TestPlatform, ref: RunRef, mode: StopMode, timeoutMs = 30_000) =>
  stopFlow(platform, ref, 'ana@acme.test', { mode, requestedAt: new Date(platform.now()).toISOString(), timeoutMs });

/** Restarts an ended run and plans it. */
async function restarted(
  platform: TestPlatform,
  job: Job,
  ref: RunRef,
  request: { epoch?: number; parallelism?: number } = {},
) {
  const run = await restartRun(platform, job, await requireRun(platform, ref), request);
  await processRunMessages(platform);
  return run;
}

async function aRunningFlow(source = replayableSource(4, 50), slices = 3) {
  const platform = testPlatform(store.db);
  const sink = idempotentSink();
  connectOperators(platform, { sources: [source], sinks: [sink] });
  platform.sliceMs = 0;
  const job = await givenFlow(platform);
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform, platform, slices);
  return { platform, sink, job, ref };
}

describe('a stop with a checkpoint and a restart', () => {
  it('continue in a new run with another parallelism', async () => {
    const { platform, sink, job, ref } = await aRunningFlow();

    const stopped = await stop(platform, ref, 'checkpoint');
    const [checkpoint] = await listCheckpoints(platform.db, ref);
    const next = await restarted(platform, job, ref, { parallelism: 3 });
    await drainSlices(platform);

    expect(stopped).toMatchObject({ state: 'canceled', canceledBy: 'ana@acme.test', itemsProcessed: 30 });
    expect(checkpoint).toMatchObject({ epoch: 1, state: 'completed', cause: 'stop' });
    expect(checkpoint?.sizeBytes).toBeGreaterThan(0);
    expect(await requireRun(platform, next)).toMatchObject({
      state: 'completed',
      number: 2,
      trigger: 'restart',
      itemsProcessed: 170,
      flow: {
        lineage: ref.ulid,
        plan: { tasks: 3 },
        restart: { from: ref.ulid, epoch: 1, parallelism: 3, rescaled: true },
      },
    });
    expect(ascending(sink.values())).toEqual(range(200));
    expect(sink.deliveries).toBe(20);
  });

  for (const [name, source] of [
    ['a replayable source', () => replayableSource(12, 30)],
    ['a source that cannot be replayed', () => nonReplayableSource(12, 30)],
  ] as const) {
    it(
      `write every record of ${name} to the sink once, five times at random, in ${SEEDS} seeds`,
      async () => {
        for (const seed of range(SEEDS)) {
          const random = seededRandom(seed);
          const platform = testPlatform(store.db);
          const sink = idempotentSink();
          connectOperators(platform, { sources: [source()], sinks: [sink] });
          platform.sliceMs = 0;
          const job = await givenFlow(platform, { parallelism: 2 });
          let ref: RunRef = await startFlowRun(platform, job);

          for (const parallelism of [1, 4, 2, 8, 3]) {
            await drainSlices(platform, platform, Math.floor(random() * 14));
            // Simulates a worker that is killed during a slice: the message is lost.
            if (random() < 0.4) platform.slices.shift();
            await stop(platform, ref, 'checkpoint');
            if ((await requireRun(platform, ref)).state === 'completed') break;
            ref = await restarted(platform, job, ref, { parallelism });
          }
          await drainSlices(platform);
          await recoverBySweeping(platform, job);

          expect({ seed, state: (await requireRun(platform, ref)).state }).toEqual({ seed, state: 'completed' });
          expect({ seed, values: ascending(sink.values().map(numberOf)) }).toEqual({ seed, values: range(360) });
          // A sink without deduplication must receive every record once as well.
          expect({ seed, deliveries: sink.deliveries }).toEqual({ seed, deliveries: sink.received.size });
          expect(sink.contradictions).toEqual([]);
        }
      },
      10_000 * SEEDS,
    );
  }
});

describe('stopFlow', () => {
  it('changes nothing if the run has ended', async () => {
    const { platform, ref } = await aRunningFlow(replayableSource(1, 20), 1_000);

    expect(await stop(platform, ref, 'force')).toMatchObject({ state: 'completed' });
    expect(await listCheckpoints(platform.db, ref)).toEqual([]);
  });
});

describe('restartRun', () => {
  it('overwrites later pages of a replayable source from an older checkpoint', async () => {
    const { platform, sink, job, ref } = await aRunningFlow(replayableSource(1, 100), 2);
    await takeCheckpoint(platform, await requireRun(platform, ref), 'request');
    await drainSlices(platform, platform, 3);
    await stop(platform, ref, 'force');

    const next = await restarted(platform, job, ref, { epoch: 1 });
    await drainSlices(platform);

    expect(await requireRun(platform, next)).toMatchObject({ state: 'completed', itemsProcessed: 80 });
    expect(ascending(sink.values())).toEqual(range(100));
    expect(sink.contradictions).toEqual([]);
  });

  it('loses no record of a source that cannot be replayed and uses new keys from an older checkpoint', async () => {
    const { platform, sink, job, ref } = await aRunningFlow(nonReplayableSource(5, 20), 2);
    await takeCheckpoint(platform, await requireRun(platform, ref), 'request');
    await drainSlices(platform, platform, 4);
    await stop(platform, ref, 'force');

    const next = await restarted(platform, job, ref, { epoch: 1 });
    await drainSlices(platform);

    expect(await requireRun(platform, next)).toMatchObject({ state: 'completed' });
    expect([...new Set(ascending(sink.values().map(numberOf)))]).toEqual(range(100));
    expect(sink.contradictions).toEqual([]);
  });

  it('starts from the beginning if a completed run has no checkpoint', async () => {
    const { platform, sink, job, ref } = await aRunningFlow(replayableSource(2, 50), 1_000);

    const next = await restarted(platform, job, ref);
    await drainSlices(platform);

    expect(await requireRun(platform, next)).toMatchObject({
      state: 'completed',
      itemsProcessed: 100,
      flow: { restart: { epoch: null } },
    });
    expect(ascending(sink.values())).toEqual(range(100));
  });

  for (const mode of ['immediate', 'force'] as const) {
    it(`continues after the last page of a source that cannot be replayed, after a stop in mode ${mode}`, async () => {
      const { platform, sink, job, ref } = await aRunningFlow(nonReplayableSource(5, 20), 2);
      await takeCheckpoint(platform, await requireRun(platform, ref), 'timer');
      await drainSlices(platform, platform, 4);
      await stop(platform, ref, mode);
      platform.advance(1_000);

      const next = await restarted(platform, job, ref);
      const again = await restartRun(platform, job, await requireRun(platform, ref), {}).catch(
        (error: unknown) => error,
      );
      await drainSlices(platform);

      expect(await requireRun(platform, next)).toMatchObject({ state: 'completed', flow: { restart: { epoch: 2 } } });
      expect(ascending(sink.values().map(numberOf))).toEqual(range(100));
      expect(sink.contradictions).toEqual([]);
      // A checkpoint of the end is taken once, however often the run is restarted.
      expect(again).toMatchObject({ code: 'run.overlap' });
      expect(await listCheckpoints(platform.db, ref)).toHaveLength(2);
    });
  }

  it('continues after the last page of a failed run, and repeats the page whose record failed the run', async () => {
    const endOf = async (onError: 'continue' | 'stop') => {
      const platform = testPlatform(store.db);
      const sink = idempotentSink();
      let isDown = true;
      const moody = {
        ...sink,
        write: async (page: Parameters<typeof sink.write>[0], signal: AbortSignal) => {
          if (!isDown || page.key.page < 3) return sink.write(page, signal);
          if (onError === 'stop') return { refused: [{ index: 0, message: 'unlucky' }], bytes: 1 };
          throw new FlowFailure('HTTP 403 from https://erp.example', { permanent: true });
        },
      };
      connectOperators(platform, { sources: [nonReplayableSource(5, 20)], sinks: [moody] });
      const job = await givenFlow(platform, { onError });
      const ref = await startFlowRun(platform, job);
      await drainSlices(platform);
      isDown = false;

      const next = await restarted(platform, job, ref);
      await drainSlices(platform);
      const states = [(await requireRun(platform, ref)).state, (await requireRun(platform, next)).state];
      return { states, values: ascending(sink.values().map(numberOf)) };
    };

    expect(await endOf('continue')).toEqual({ states: ['failed', 'completed'], values: range(100) });
    // Without a checkpoint the run starts from the beginning, and the source returns other records under new keys.
    const { states, values } = await endOf('stop');
    expect(states).toEqual(['failed', 'completed']);
    expect([...new Set(values)]).toEqual(range(100));
  });

  it('rejects an active run, an unknown checkpoint and changed sources', async () => {
    const { platform, job, ref } = await aRunningFlow();
    const run = () => requireRun(platform, ref);

    await expect(restartRun(platform, job, await run(), {})).rejects.toMatchObject({ code: 'run.active' });
    await stop(platform, ref, 'checkpoint');
    await expect(restartRun(platform, job, await run(), { epoch: 7 })).rejects.toMatchObject({
      code: 'checkpoint.not_found',
    });
    const { target } = job;
    if (target.type !== 'flow') throw new Error('no flow');
    const changed = { ...job, target: { ...target, flow: { ...target.flow, pageSize: 99 } } };
    await expect(restartRun(platform, changed, await run(), {})).rejects.toMatchObject({ code: 'flow.changed' });
  });

  it('fails if the sources change before it is planned', async () => {
    const { platform, sink, job, ref } = await aRunningFlow();
    await stop(platform, ref, 'checkpoint');
    const next = await restartRun(platform, job, await requireRun(platform, ref), {});
    const target = {
      type: 'flow',
      flow: aFlow({ sources: [{ id: 'source_1', name: 'Orders', type: 'inline', records: [{ id: 1 }] }] }),
    } as const;
    await replaceJob(platform.db, { ...job, target, version: job.version + 1 });
    const { deliveries } = sink;

    await processRunMessages(platform);
    await drainSlices(platform);

    expect(await requireRun(platform, next)).toMatchObject({
      state: 'failed',
      failure: { message: 'The sources or the page size of the pipeline have changed since; start a new job instead' },
    });
    expect(sink.deliveries).toBe(deliveries);
  });
});

describe('takeCheckpoint', () => {
  it('records a failed checkpoint, which cannot be restarted from', async () => {
    const { platform, job, ref } = await aRunningFlow();
    await takeCheckpoint(platform, await requireRun(platform, ref), 'request');
    const broken = { ...platform.objects, put: async () => Promise.reject(new Error('503 Slow Down')) };

    const failed = await takeCheckpoint({ ...platform, objects: broken }, await requireRun(platform, ref), 'request');
    await stop(platform, ref, 'checkpoint');
    const next = await restarted(platform, job, ref);

    expect(failed).toMatchObject({ epoch: 2, state: 'failed', message: 'Error: 503 Slow Down' });
    expect(await requireRun(platform, next)).toMatchObject({ flow: { restart: { epoch: 3 } } });
    await expect(restartRun(platform, job, await requireRun(platform, ref), { epoch: 2 })).rejects.toMatchObject({
      code: 'checkpoint.unusable',
    });
  });

  it('removes old staged pages except those of tasks and checkpoints', async () => {
    const { platform, ref } = await aRunningFlow(nonReplayableSource(8, 20), 2);
    const run = await requireRun(platform, ref);
    const stagedKeys = () => [...platform.objects.held.keys()].filter((key) => key.includes('/hand/'));
    await takeCheckpoint(platform, run, 'request');
    await drainSlices(platform, platform, 8);
    const before = stagedKeys().length;
    platform.advance(30 * 60_000);

    await takeCheckpoint(platform, run, 'request');

    const current = (await listTasks(platform.db, ref, 1)).map(({ staged }) => staged?.key);
    expect(before).toBeGreaterThan(3);
    expect(stagedKeys()).toHaveLength(2);
    expect(stagedKeys()).toContain(current[0]);
  });

  it('keeps the newest five and pinned checkpoints', async () => {
    const { platform, ref } = await aRunningFlow();
    const run = await requireRun(platform, ref);
    await takeCheckpoint(platform, run, 'request');
    await pinCheckpoint(platform.db, ref, 1, true);

    for (const cause of range(7).map(() => 'request' as const)) await takeCheckpoint(platform, run, cause);

    expect((await listCheckpoints(platform.db, ref)).map(({ epoch }) => epoch)).toEqual([8, 7, 6, 5, 4, 1]);
    expect([...platform.objects.held.keys()].filter((key) => key.includes('checkpoints/'))).toHaveLength(6);
  });
});
