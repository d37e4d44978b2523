import { describe, expect, it } from 'vitest';
import { isTerminal, type RunRef } from '../../functions/core/domain/run.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
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
import { Crash, faultyDb, loseTransactionAnswer } from '../helpers/fakes/faulty-db.ts';
import { connectOperators } from '../helpers/fakes/operators.ts';
import { withDb } from '../helpers/fakes/platform.ts';
import { iterations } from '../helpers/iterations.ts';
import { ascending, range } from '../helpers/numbers.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

/** A queue page that was staged when its run ended is adopted by the first run that needs it, and by only one. */

/** `JOBDECK_SEEDS` sets another number. */
const SEEDS = Number(process.env.JOBDECK_SEEDS ?? iterations(4, 10));

describe('the staged page of an ended run', () => {
  it('passes to a new run after the redelivery of its messages', async () => {
    const queueFlow = await aQueueFlow(10);
    const { platform, sink, source, job } = queueFlow;
    await aRunStoppedWithStagedPage(queueFlow);

    platform.advance(VISIBILITY_TIMEOUT_MS);
    await startFlowRun(platform, job);
    await drainSlices(platform, platform, 4);

    expect(ascending(sink.values())).toEqual(range(10));
    expect(source.remaining()).toEqual([]);
  });

  it('passes to a new run except for the committed pages', async () => {
    const queueFlow = await aQueueFlow(30, { atOnce: 30 });
    const { platform, sink, source, job } = queueFlow;
    await aRunStoppedWithStagedPage(queueFlow, 2);
    const through = sink.values();

    platform.advance(VISIBILITY_TIMEOUT_MS);
    const next = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 6);

    expect(through).toHaveLength(10);
    expect(ascending(sink.values())).toEqual(range(30));
    expect(source.remaining()).toEqual([]);
    expect((await getTask(queueFlow.platform.db, next, 0))?.records).toMatchObject({ exported: 20, success: 20 });
  });

  it('passes to one of two runs: a restart skips the messages that a new run has taken', async () => {
    const queueFlow = await aQueueFlow(25, { atOnce: 20 });
    const { platform, sink, source, job } = queueFlow;
    const ref = await aRunStoppedWithStagedPage(queueFlow);
    platform.advance(VISIBILITY_TIMEOUT_MS);
    // The new run takes half of the remaining messages and is stopped with a staged page.
    const other = await startFlowRun(platform, job);
    connectOperators(platform, { sources: [onlySome(source, (n) => n < 10)], sinks: [sink] });
    await drainSlices(platform, platform, 1);
    await stopRun(platform, other);
    dropSlices(platform);
    connectOperators(platform, { sources: [source], sinks: [sink] });

    const next = await restartFlow(platform, job, ref);
    await drainSlices(platform, platform, 2);
    const ofRestart = ascending(sink.values());
    platform.advance(VISIBILITY_TIMEOUT_MS);
    await drainSlices(platform, platform, 8);

    expect(ofRestart).toEqual(range(20).slice(10));
    expect(ascending(sink.values())).toEqual(range(25));
    expect(source.remaining()).toEqual([]);
    expect(sink.contradictions).toEqual([]);
    expect((await getTask(queueFlow.platform.db, next, 0))?.records).toMatchObject({ exported: 25, success: 25 });
  });

  it('gets another page key after a part of it was taken, because sinks may have received the original page', async () => {
    const queueFlow = await aQueueFlow(10);
    const { platform, sink, source, job } = queueFlow;
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 1);
    connectOperators(platform, { sources: [source], sinks: [cutOff(sink)] });
    await drainSlices(platform, platform, 1);
    await stopRun(platform, ref);
    dropSlices(platform);
    platform.advance(VISIBILITY_TIMEOUT_MS);
    connectOperators(platform, { sources: [onlySome(source, (n) => n < 5)], sinks: [sink] });
    const other = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 2);
    await stopRun(platform, other);
    dropSlices(platform);

    await restartFlow(platform, job, ref);
    await drainSlices(platform, platform, 2);

    expect(ascending(sink.values())).toEqual(ascending([...range(10), ...range(10)]));
    expect(sink.contradictions).toEqual([]);
  });

  it('does not pass to a second restart of the same run', async () => {
    const queueFlow = await aQueueFlow(10);
    const { platform, sink, job } = queueFlow;
    const ref = await aRunStoppedWithStagedPage(queueFlow);

    for (let times = 0; times < 2; times++) {
      const next = await restartFlow(platform, job, ref);
      await drainSlices(platform, platform, 3);
      await stopRun(platform, next);
      dropSlices(platform);
    }

    expect(ascending(sink.values())).toEqual(range(10));
  });

  it('waits for the task that adopts it although another task receives its messages', async () => {
    const queueFlow = await aQueueFlow(10, { parallelism: 2 });
    const { platform, sink, source, job } = queueFlow;
    const ref = await aRunStoppedWithStagedPage(queueFlow);
    platform.advance(VISIBILITY_TIMEOUT_MS);

    await restartFlow(platform, job, ref, 2);
    const [successor, other] = platform.slices.splice(0);
    if (!successor || !other) throw new Error('there are not two tasks');
    platform.slices.push(other);
    await drainSlices(platform, platform, 1);
    const early = sink.values();
    platform.slices.push(successor);
    await drainSlices(platform, platform, 8);

    expect(early).toEqual([]);
    expect(source.deferred).toEqual(range(10));
    expect(ascending(sink.values())).toEqual(range(10));
    expect(source.remaining()).toEqual([]);
  });

  it('does not count or store its invalid records again', async () => {
    const queueFlow = await aQueueFlow(10, { bad: (n) => n === 3 });
    const { platform, sink, source, job } = queueFlow;
    const ref = await aRunStoppedWithStagedPage(queueFlow);

    platform.advance(VISIBILITY_TIMEOUT_MS);
    const next = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 4);

    expect((await getTask(queueFlow.platform.db, ref, 0))?.records).toMatchObject({ exported: 10, error: 1 });
    expect((await getTask(queueFlow.platform.db, next, 0))?.records).toMatchObject({
      exported: 9,
      error: 0,
      success: 9,
    });
    expect(await errorsOf(queueFlow, next)).toEqual([]);
    expect(ascending(sink.values())).toEqual(range(10).filter((n) => n !== 3));
    expect(source.remaining()).toEqual([]);
  });

  it('reaches the sink once if the new run crashes at any call', async () => {
    for (const answerIsLost of [false, true]) {
      for (let crashAtCall = 1; ; crashAtCall++) {
        const queueFlow = await aQueueFlow(10);
        const { platform, sink, source, job } = queueFlow;
        await aRunStoppedWithStagedPage(queueFlow);
        platform.advance(VISIBILITY_TIMEOUT_MS);
        await startFlowRun(platform, job);
        const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall, answerIsLost }) };

        const crashed = await drainSlices(platform, faulty, 3).then(
          () => false,
          (error: unknown) => {
            if (error instanceof Crash) return true;
            throw error;
          },
        );
        for (let minutes = 0; source.remaining().length > 0 && minutes < 20; minutes++) await sweepOneMinute(queueFlow);

        expect({ crashAtCall, values: ascending(sink.values()) }).toEqual({ crashAtCall, values: range(10) });
        expect(source.remaining()).toEqual([]);
        if (!crashed) break;
      }
    }
  });
});

const errorsOf = async ({ platform }: QueueFlow, ref: RunRef) =>
  (await listRecordErrors(platform.db, ref, { limit: 100 })).map(({ input }) => input);

/** Wraps a sink and loses its responses. */
function cutOff(sink: SinkWriter): SinkWriter {
  return {
    async write(page, signal) {
      await sink.write(page, signal);
      throw new Error('the connection was cut');
    },
  };
}

/** Wraps a source and drops the messages for which `isOne` returns `false`. */
function onlySome(source: SourceReader, isOne: (n: number) => boolean): SourceReader {
  return {
    ...source,
    async *read(...from: Parameters<SourceReader['read']>) {
      for await (const reading of source.read(...from)) {
        if ('waitMs' in reading) yield reading;
        else {
          const places = [...reading.records.keys()].filter((i) => {
            const record = reading.records[i];
            return record && 'value' in record && isOne(record.value as number);
          });
          yield {
            ...reading,
            records: reading.records.filter((_, i) => places.includes(i)),
            messages: (reading.messages ?? []).filter((_, i) => places.includes(i)),
          };
        }
      }
    },
  };
}

describe('the staged page of a running task', () => {
  for (const [named, others] of [
    ['stays in the queue until it is committed although another task receives it', async () => {}],
    [
      'stays in the queue until it is committed although another run receives it',
      ({ platform, job }: QueueFlow) => startFlowRun(platform, job),
    ],
  ] as const) {
    it(named, async () => {
      const queueFlow = await aQueueFlow(10, { parallelism: 2 });
      const { platform, sink, source, job } = queueFlow;
      await startFlowRun(platform, job);
      const [slow, ...rest] = platform.slices.splice(0);
      if (!slow) throw new Error('there is no task');
      platform.slices.push(slow);
      await drainSlices(platform, platform, 1);
      const next = platform.slices.splice(0);
      platform.advance(VISIBILITY_TIMEOUT_MS);

      await others(queueFlow);
      if (platform.slices.length === 0) platform.slices.push(...rest);
      await drainSlices(platform, platform, 1);
      const [left, deferred] = [source.remaining(), [...source.deferred]];
      platform.slices.push(...next);
      await drainSlices(platform, platform, 8);

      expect([left, deferred]).toEqual([range(10), range(10)]);
      expect(ascending(sink.values())).toEqual(range(10));
      expect(source.remaining()).toEqual([]);
    });
  }
});

it('does not pass the staged page of a stopped task to a running task, because sinks may have received a part of it', async () => {
  const { platform, source, job } = await aQueueFlow(10, { parallelism: 2 });
  const received: unknown[] = [];
  const sink: SinkWriter = {
    async write({ records, resumeFrom: from = 0, isTimeUp: isLate = () => false }) {
      let through = from;
      for (; through < records.length && !(through > from && isLate()); through++) {
        platform.advance(20_000);
        received.push(records[through]?.value);
      }
      return { refused: [], bytes: 0, processed: through };
    },
  };
  connectOperators(platform, { sources: [source], sinks: [sink] });
  const ref = await startFlowRun(platform, job);
  const [first, other] = platform.slices.splice(0);
  if (!first || !other) throw new Error('there are not two tasks');
  platform.slices.push(first);
  await drainSlices(platform, platform, 2);
  const part = [...received];
  dropSlices(platform);

  connectOperators(platform, { sources: [before(source, () => stopRun(platform, ref, 'checkpoint'))], sinks: [sink] });
  platform.slices.push(other);
  platform.advance(VISIBILITY_TIMEOUT_MS);
  await drainSlices(platform, platform, 3);
  connectOperators(platform, { sources: [source], sinks: [sink] });
  await restartFlow(platform, job, ref, 2);
  await drainSlices(platform, platform, 12);

  expect(part).toEqual(range(3));
  expect(ascending(received)).toEqual(range(10));
  expect(source.deferred).toEqual(range(10));
});

/** Wraps a source and runs `meanwhile` before each read. */
function before(source: SourceReader, meanwhile: () => Promise<unknown>): SourceReader {
  return {
    ...source,
    async *read(...from: Parameters<SourceReader['read']>) {
      await meanwhile();
      yield* source.read(...from);
    },
  };
}

/** Stops, restarts and starts runs at random, also concurrently, and then lets the platform recover. */
async function randomHistory(
  queueFlow: QueueFlow,
  random: () => number,
  slices: (most: number) => Promise<void>,
): Promise<void> {
  const { platform, job, source } = queueFlow;
  const below = (limit: number) => Math.floor(random() * limit);
  const ended: RunRef[] = [];
  const active: RunRef[] = [await startFlowRun(platform, job)];
  for (let step = 0; step < 12; step++) {
    await slices(below(6));
    // Simulates a worker that is killed during a slice: the message is lost.
    if (random() < 0.2) platform.slices.shift();
    platform.advance(below(3) * VISIBILITY_TIMEOUT_MS);
    const former = ended[below(ended.length)];
    if (active.length < 2) {
      const again = random() < 0.5 && former;
      active.push(await (again ? restartFlow(platform, job, again, 1 + below(4)) : startFlowRun(platform, job)));
      continue;
    }
    const [ref] = active.splice(below(active.length), 1);
    if (!ref) throw new Error('no run is active');
    await stopRun(platform, ref, (['checkpoint', 'immediate', 'force'] as const)[below(3)]);
    await processRunMessages(platform);
    expect(isTerminal((await requireRun(platform, ref)).state)).toBe(true);
    ended.push(ref);
  }
  for (let minutes = 0; source.remaining().length > 0 && minutes < 120; minutes++) await sweepOneMinute(queueFlow);
}

it(`processes each staged page in one run in ${SEEDS} random histories`, async () => {
  for (const seed of range(SEEDS)) {
    const random = seededRandom(seed);
    const atOnce = 5 + Math.floor(random() * 26);
    const queueFlow = await aQueueFlow(80, { atOnce, bad: (n) => n % 17 === 3, parallelism: 3 });
    const { platform, sink, source } = queueFlow;

    await randomHistory(queueFlow, random, async (most) => void (await drainSlices(platform, platform, most)));

    const values = range(80).filter((n) => n % 17 !== 3);
    const { contradictions } = sink;
    expect({ seed, values: ascending(sink.values()), left: source.remaining(), contradictions }).toEqual({
      seed,
      values,
      left: [],
      contradictions: [],
    });
  }
});

it(`loses no staged page in ${SEEDS} random histories with crashes and lost responses`, async () => {
  for (const seed of range(SEEDS)) {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const queueFlow = await aQueueFlow(80, { atOnce: 5 + below(26), bad: (n) => n % 17 === 3, parallelism: 3 });
    const { platform, sink, source } = queueFlow;

    await randomHistory(queueFlow, random, async (most) => {
      const crashing = () => faultyDb(platform.db, { crashAtCall: 1 + below(40), answerIsLost: random() < 0.5 });
      const db = [crashing, () => loseTransactionAnswer(platform.db, 1 + below(3)), () => platform.db][below(3)]?.();
      await drainSlices(platform, withDb(platform, db ?? platform.db), most).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        // The sweeper finds the lease expired.
        platform.advance(VISIBILITY_TIMEOUT_MS);
      });
      platform.advance(VISIBILITY_TIMEOUT_MS);
    });

    // A page that was written when its worker crashed may be written again by another run.
    const values = range(80).filter((n) => n % 17 !== 3);
    const { contradictions } = sink;
    const arrived = ascending([...new Set(sink.values())]);
    expect({ seed, arrived, left: source.remaining(), contradictions }).toEqual({
      seed,
      arrived: values,
      left: [],
      contradictions: [],
    });
  }
});
