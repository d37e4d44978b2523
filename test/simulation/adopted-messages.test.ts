import { describe, expect, it } from 'vitest';
import { isTerminal, type RunRef } from '../../functions/core/domain/run.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import { connectOperators, drainSlices, processRunMessages, startFlowRun } from '../helpers/builders/flows.ts';
import {
  aQueueFlow,
  aRunStoppedWithStagedPage,
  dropSlices,
  loseTransactionAnswer,
  type QueueFlow,
  requireRun,
  restartFlow,
  stopRun,
  sweepOneMinute,
  VISIBILITY_TIMEOUT_MS,
  withDb,
} from '../helpers/builders/queue-flows.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

/** What a run of a queue had in hand when it ended goes to whichever run comes first, and to one only. */

/** More of them with `JOBDECK_SEEDS`. */
const SEEDS = Number(process.env.JOBDECK_SEEDS ?? 10);

const ascending = (values: readonly unknown[]) => (values as number[]).toSorted((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('what a run had in hand when it ended', () => {
  it('is taken by a new run, when it comes again', async () => {
    const world = await aQueueFlow(10);
    const { platform, sink, source, job } = world;
    await aRunStoppedWithStagedPage(world);

    platform.advance(VISIBILITY_TIMEOUT_MS);
    await startFlowRun(platform, job);
    await drainSlices(platform, platform, 4);

    expect(ascending(sink.values())).toEqual(upTo(10));
    expect(source.remaining()).toEqual([]);
  });

  it('is taken but for the pages that were through', async () => {
    const world = await aQueueFlow(30, { atOnce: 30 });
    const { platform, sink, source, job } = world;
    await aRunStoppedWithStagedPage(world, 2);
    const through = sink.values();

    platform.advance(VISIBILITY_TIMEOUT_MS);
    const next = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 6);

    expect(through).toHaveLength(10);
    expect(ascending(sink.values())).toEqual(upTo(30));
    expect(source.remaining()).toEqual([]);
    expect((await getTask(world.platform.db, next, 0))?.records).toMatchObject({ exported: 20, success: 20 });
  });

  it('goes to one of two: a restart leaves to a new run what that took', async () => {
    const world = await aQueueFlow(25, { atOnce: 20 });
    const { platform, sink, source, job } = world;
    const ref = await aRunStoppedWithStagedPage(world);
    platform.advance(VISIBILITY_TIMEOUT_MS);
    // It takes half of what was left, and is stopped with it in hand.
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

    expect(ofRestart).toEqual(upTo(20).slice(10));
    expect(ascending(sink.values())).toEqual(upTo(25));
    expect(source.remaining()).toEqual([]);
    expect(sink.contradictions).toEqual([]);
    expect((await getTask(world.platform.db, next, 0))?.records).toMatchObject({ exported: 25, success: 25 });
  });

  it('gets another page number once a part of it is taken, for sinks may have had its page as it was', async () => {
    const world = await aQueueFlow(10);
    const { platform, sink, source, job } = world;
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

    expect(ascending(sink.values())).toEqual(ascending([...upTo(10), ...upTo(10)]));
    expect(sink.contradictions).toEqual([]);
  });

  it('is not taken again by a second restart of the same run', async () => {
    const world = await aQueueFlow(10);
    const { platform, sink, job } = world;
    const ref = await aRunStoppedWithStagedPage(world);

    for (let times = 0; times < 2; times++) {
      const next = await restartFlow(platform, job, ref);
      await drainSlices(platform, platform, 3);
      await stopRun(platform, next);
      dropSlices(platform);
    }

    expect(ascending(sink.values())).toEqual(upTo(10));
  });

  it('waits for the task of the restart that inherits it, whoever it comes to', async () => {
    const world = await aQueueFlow(10, { parallelism: 2 });
    const { platform, sink, source, job } = world;
    const ref = await aRunStoppedWithStagedPage(world);
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
    expect(source.deferred).toEqual(upTo(10));
    expect(ascending(sink.values())).toEqual(upTo(10));
    expect(source.remaining()).toEqual([]);
  });

  it('is not counted or kept as failed again where it was no record', async () => {
    const world = await aQueueFlow(10, { bad: (n) => n === 3 });
    const { platform, sink, source, job } = world;
    const ref = await aRunStoppedWithStagedPage(world);

    platform.advance(VISIBILITY_TIMEOUT_MS);
    const next = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 4);

    expect((await getTask(world.platform.db, ref, 0))?.records).toMatchObject({ exported: 10, error: 1 });
    expect((await getTask(world.platform.db, next, 0))?.records).toMatchObject({ exported: 9, error: 0, success: 9 });
    expect(await errorsOf(world, next)).toEqual([]);
    expect(ascending(sink.values())).toEqual(upTo(10).filter((n) => n !== 3));
    expect(source.remaining()).toEqual([]);
  });

  it('is taken once whenever a new run crashes on its way to it', async () => {
    for (const answerIsLost of [false, true]) {
      for (let crashAtCall = 1; ; crashAtCall++) {
        const world = await aQueueFlow(10);
        const { platform, sink, source, job } = world;
        await aRunStoppedWithStagedPage(world);
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
        for (let minutes = 0; source.remaining().length > 0 && minutes < 20; minutes++) await sweepOneMinute(world);

        expect({ crashAtCall, values: ascending(sink.values()) }).toEqual({ crashAtCall, values: upTo(10) });
        expect(source.remaining()).toEqual([]);
        if (!crashed) break;
      }
    }
  });
});

const errorsOf = async ({ platform }: QueueFlow, ref: RunRef) =>
  (await listRecordErrors(platform.db, ref, { limit: 100 })).map(({ input }) => input);

/** The same sink, whose answer does not come. */
function cutOff(sink: SinkWriter): SinkWriter {
  return {
    async write(page, signal) {
      await sink.write(page, signal);
      throw new Error('the connection was cut');
    },
  };
}

/** The same queue, of which only some messages come. */
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

describe('what a task has in hand', () => {
  for (const [named, others] of [
    ['stays in the queue until it is through, though it comes to another task', async () => {}],
    [
      'stays in the queue until it is through, though it comes to another run',
      ({ platform, job }: QueueFlow) => startFlowRun(platform, job),
    ],
  ] as const) {
    it(named, async () => {
      const world = await aQueueFlow(10, { parallelism: 2 });
      const { platform, sink, source, job } = world;
      await startFlowRun(platform, job);
      const [slow, ...rest] = platform.slices.splice(0);
      if (!slow) throw new Error('there is no task');
      platform.slices.push(slow);
      await drainSlices(platform, platform, 1);
      const next = platform.slices.splice(0);
      platform.advance(VISIBILITY_TIMEOUT_MS);

      await others(world);
      if (platform.slices.length === 0) platform.slices.push(...rest);
      await drainSlices(platform, platform, 1);
      const [left, deferred] = [source.remaining(), [...source.deferred]];
      platform.slices.push(...next);
      await drainSlices(platform, platform, 8);

      expect([left, deferred]).toEqual([upTo(10), upTo(10)]);
      expect(ascending(sink.values())).toEqual(upTo(10));
      expect(source.remaining()).toEqual([]);
    });
  }
});

it('what a task had in hand when it was stopped is not taken by another that is still at work: sinks may have a part', async () => {
  const { platform, source, job } = await aQueueFlow(10, { parallelism: 2 });
  const had: unknown[] = [];
  const sink: SinkWriter = {
    async write({ records, resumeFrom: from = 0, isTimeUp: isLate = () => false }) {
      let through = from;
      for (; through < records.length && !(through > from && isLate()); through++) {
        platform.advance(20_000);
        had.push(records[through]?.value);
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
  const part = [...had];
  dropSlices(platform);

  connectOperators(platform, { sources: [before(source, () => stopRun(platform, ref, 'checkpoint'))], sinks: [sink] });
  platform.slices.push(other);
  platform.advance(VISIBILITY_TIMEOUT_MS);
  await drainSlices(platform, platform, 3);
  connectOperators(platform, { sources: [source], sinks: [sink] });
  await restartFlow(platform, job, ref, 2);
  await drainSlices(platform, platform, 12);

  expect(part).toEqual(upTo(3));
  expect(ascending(had)).toEqual(upTo(10));
  expect(source.deferred).toEqual(upTo(10));
});

/** The same queue, and something happens before somebody gets something. */
function before(source: SourceReader, meanwhile: () => Promise<unknown>): SourceReader {
  return {
    ...source,
    async *read(...from: Parameters<SourceReader['read']>) {
      await meanwhile();
      yield* source.read(...from);
    },
  };
}

/** Runs that are stopped in any way at random, restarted and started anew, side by side too, and then left alone. */
async function randomHistory(
  world: QueueFlow,
  random: () => number,
  slices: (most: number) => Promise<void>,
): Promise<void> {
  const { platform, job, source } = world;
  const below = (limit: number) => Math.floor(random() * limit);
  const ended: RunRef[] = [];
  const active: RunRef[] = [await startFlowRun(platform, job)];
  for (let step = 0; step < 12; step++) {
    await slices(below(6));
    // A worker that is killed in a slice: its message is gone.
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
  for (let minutes = 0; source.remaining().length > 0 && minutes < 120; minutes++) await sweepOneMinute(world);
}

it(`at random, in ${SEEDS} seeds, goes to one run that takes it once`, async () => {
  for (const seed of upTo(SEEDS)) {
    const random = seededRandom(seed);
    const atOnce = 5 + Math.floor(random() * 26);
    const world = await aQueueFlow(80, { atOnce, bad: (n) => n % 17 === 3, parallelism: 3 });
    const { platform, sink, source } = world;

    await randomHistory(world, random, async (most) => void (await drainSlices(platform, platform, most)));

    const values = upTo(80).filter((n) => n % 17 !== 3);
    const { contradictions } = sink;
    expect({ seed, values: ascending(sink.values()), left: source.remaining(), contradictions }).toEqual({
      seed,
      values,
      left: [],
      contradictions: [],
    });
  }
});

it(`at random, in ${SEEDS} seeds, is lost by nobody who crashes, or is not told what came of a write`, async () => {
  for (const seed of upTo(SEEDS)) {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const world = await aQueueFlow(80, { atOnce: 5 + below(26), bad: (n) => n % 17 === 3, parallelism: 3 });
    const { platform, sink, source } = world;

    await randomHistory(world, random, async (most) => {
      const crashing = () => faultyDb(platform.db, { crashAtCall: 1 + below(40), answerIsLost: random() < 0.5 });
      const db = [crashing, () => loseTransactionAnswer(platform.db, 1 + below(3)), () => platform.db][below(3)]?.();
      await drainSlices(platform, withDb(platform, db ?? platform.db), most).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        // Whoever looks after the run finds the lease run out.
        platform.advance(VISIBILITY_TIMEOUT_MS);
      });
      platform.advance(VISIBILITY_TIMEOUT_MS);
    });

    // A page that was at its sink when its worker crashed may be there again, by another run.
    const values = upTo(80).filter((n) => n % 17 !== 3);
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
