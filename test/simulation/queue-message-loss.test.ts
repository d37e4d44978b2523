import { describe, expect, it } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import {
  aQueueFlow,
  aRunStoppedWithStagedPage,
  dropSlices,
  type QueueFlow,
  restartFlow,
  stopRun,
  sweepOneMinute,
  VISIBILITY_TIMEOUT_MS,
} from '../helpers/builders/queue-flows.ts';
import { loseTransactionAnswer } from '../helpers/fakes/faulty-db.ts';
import { connectOperators } from '../helpers/fakes/operators.ts';
import type { TestPlatform } from '../helpers/fakes/platform.ts';
import { withDb } from '../helpers/fakes/platform.ts';
import { ascending, range } from '../helpers/numbers.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

/**
 * Messages that a run received from a queue are written to the sink, stored as failed records, or still in the queue.
 */

const [MINUTE, DAY] = [60_000, 86_400_000];

const down: SinkWriter = {
  async write() {
    throw new Error('the sink is down');
  },
};

const failedOf = async (platform: TestPlatform, ref: RunRef) =>
  (await listRecordErrors(platform.db, ref, { limit: 100 })).map(({ input }) => input).toSorted();

for (const [named, start] of [
  [
    'processes a page once if the response to the write that stages it is lost',
    ({ platform, job }) => startFlowRun(platform, job),
  ],
  [
    'processes a page once if the response to the write that adopts it is lost',
    async (queueFlow) => restartFlow(queueFlow.platform, queueFlow.job, await aRunStoppedWithStagedPage(queueFlow)),
  ],
] as readonly (readonly [string, (queueFlow: QueueFlow) => Promise<unknown>])[]) {
  it(named, async () => {
    const queueFlow = await aQueueFlow(10);
    const { platform, source, sink } = queueFlow;
    await start(queueFlow);

    await drainSlices(platform, withDb(platform, loseTransactionAnswer(platform.db)), 1);
    for (let minutes = 0; source.remaining().length > 0 && minutes < 20; minutes++) await sweepOneMinute(queueFlow);

    expect(ascending(sink.values())).toEqual(range(10));
    expect(sink.contradictions).toEqual([]);
  });
}

it("keeps a run with staged messages as long as the queue may redeliver them, even if the tenant's retention is shorter", async () => {
  const queueFlow = await aQueueFlow(10);
  const { platform } = queueFlow;
  const short = { ...platform, defaultLimits: { ...platform.defaultLimits, retentionDays: 1 } };

  const left = await aRunStoppedWithStagedPage({ ...queueFlow, platform: short });
  const empty = await startFlowRun(short, queueFlow.job);
  await stopRun(short, empty);

  const purgedAfter = async (ref: RunRef) =>
    (Date.parse((await requireRun(platform, ref)).purgeAt ?? '') - platform.now()) / DAY;
  expect(await purgedAfter(left)).toBe(15);
  expect(await purgedAfter(empty)).toBe(1);
});

it("keeps the staged page for the task that adopts it although that run's first checkpoint fails", async () => {
  const queueFlow = await aQueueFlow(30, { parallelism: 3 });
  const { platform, source, sink, job } = queueFlow;
  const next = await restartFlow(platform, job, await aRunStoppedWithStagedPage(queueFlow, 3));
  connectOperators(platform, { sources: [source], sinks: [down] });
  await drainSlices(platform, platform, 2);
  platform.advance(21 * MINUTE);
  const objects = {
    ...platform.objects,
    async put() {
      throw new Error('the bucket is down');
    },
  };

  const checkpoint = await takeCheckpoint({ ...platform, objects }, await requireRun(platform, next), 'request');
  connectOperators(platform, { sources: [source], sinks: [sink] });
  for (let minutes = 0; source.remaining().length > 0 && minutes < 30; minutes++) await sweepOneMinute(queueFlow);

  expect(checkpoint.state).toBe('failed');
  expect(ascending(sink.values())).toEqual(range(30));
});

it('stores each message of a page that contains no valid record as failed', async () => {
  const { platform, source, job } = await aQueueFlow(3, { atOnce: 1, bad: () => true });

  const ref = await startFlowRun(platform, job);
  await drainSlices(platform, platform, 12);

  expect(source.remaining()).toEqual([]);
  expect((await getTask(platform.db, ref, 0))?.records).toMatchObject({ exported: 3, error: 3 });
  expect(await failedOf(platform, ref)).toEqual(['bad 0', 'bad 1', 'bad 2']);
});

it('does not count failed messages again in another run although the queue has not deleted them', async () => {
  const queueFlow = await aQueueFlow(20, { bad: (n) => n < 10 });
  const { platform, source, sink, job } = queueFlow;
  platform.sliceMs = MINUTE;
  connectOperators(platform, { sources: [{ ...source, acknowledge: async () => {} }], sinks: [down] });
  const ref = await startFlowRun(platform, job);
  // Processes the failed messages first, then the staged page at which the sink fails.
  await drainSlices(platform, platform, 1);
  await stopRun(platform, ref);
  dropSlices(platform);
  platform.advance(VISIBILITY_TIMEOUT_MS);
  platform.sliceMs = 0;
  connectOperators(platform, { sources: [source], sinks: [sink] });

  const next = await startFlowRun(platform, job);
  await drainSlices(platform, platform, 6);

  expect((await getTask(platform.db, ref, 0))?.records).toMatchObject({ exported: 20, error: 10 });
  expect((await getTask(platform.db, next, 0))?.records).toMatchObject({ exported: 10, error: 0, success: 10 });
  expect(source.remaining()).toEqual([]);
  expect(ascending(sink.values())).toEqual(range(20).slice(10));
});

it('takes each message once if a flow names its queue twice', async () => {
  const { platform, source, sink, job } = await aQueueFlow(10, { parallelism: 2, named: ['orders', 'again'] });
  const silent: SourceReader = {
    ...source,
    async *read() {
      for (;;) yield { waitMs: 0 };
    },
  };
  connectOperators(platform, { sources: [source, silent], sinks: [sink] });
  await startFlowRun(platform, job);
  await drainSlices(platform, platform, 1);
  platform.advance(VISIBILITY_TIMEOUT_MS);

  connectOperators(platform, { sources: [silent, source], sinks: [sink] });
  await drainSlices(platform, platform, 8);

  expect(ascending(sink.values())).toEqual(range(10));
});

describe('a run that reads from a queue', () => {
  it('keeps messages in the queue until their outcome is committed', async () => {
    const queueFlow = await aQueueFlow(10);
    const { platform, source, job } = queueFlow;
    const refuseAll: SinkWriter = {
      async write({ records }) {
        return { refused: records.map((_, index) => ({ index, message: 'not wanted' })), bytes: 0 };
      },
    };
    connectOperators(platform, { sources: [source], sinks: [refuseAll] });
    const ref = await startFlowRun(platform, job);

    await drainSlices(platform, withDb(platform, withoutErrors(platform.db)), 5);
    const before = source.remaining();
    for (let minutes = 0; source.remaining().length > 0 && minutes < 20; minutes++) await sweepOneMinute(queueFlow);

    expect(before).toEqual(range(10));
    expect(source.remaining()).toEqual([]);
    expect((await getTask(platform.db, ref, 0))?.records).toMatchObject({ exported: 10, error: 10 });
  });

  it('deletes messages in the next run if it crashed between commit and deletion', async () => {
    const queueFlow = await aQueueFlow(10);
    const { platform, source, sink, job } = queueFlow;
    const unreachable: SourceReader = {
      ...source,
      acknowledge: async () => {
        throw new Error('the queue is down');
      },
    };
    connectOperators(platform, { sources: [unreachable], sinks: [sink] });
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 2);
    const left = source.remaining();
    await stopRun(platform, ref);
    dropSlices(platform);
    platform.advance(VISIBILITY_TIMEOUT_MS);
    connectOperators(platform, { sources: [source], sinks: [sink] });

    await startFlowRun(platform, job);
    await drainSlices(platform, platform, 4);

    expect(left).toEqual(range(10));
    expect(source.remaining()).toEqual([]);
    expect(ascending(sink.values())).toEqual(range(10));
  });
});

/** Wraps a database and rejects the writes of record errors, and so the commit of their page. */
function withoutErrors(db: Db): Db {
  const client = new Proxy(db.client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target) as unknown;
      return async (command: Parameters<typeof target.send>[0]): Promise<unknown> => {
        const isErrors = JSON.stringify(command.input).includes('"ERR#');
        if (isErrors && command.constructor.name === 'BatchWriteItemCommand') throw new Error('refused');
        return target.send(command);
      };
    },
  });
  return { ...db, client };
}
