import { describe, expect, it } from 'vitest';
import { isTerminal, type RunRef } from '../../functions/core/domain/run.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import { Crash, faultyDb } from '../helpers/faulty-db.ts';
import { behind, drain, started, workOff } from '../helpers/flow-world.ts';
import {
  aFlowOf,
  aMinute,
  aRunThatLeft,
  forget,
  HIDDEN_MS,
  inside,
  restarted,
  runOf,
  silentOnce,
  stop,
  type World,
} from '../helpers/queue-flow.ts';
import { randomOf } from '../helpers/random.ts';

/** What a run of a queue had in hand when it ended goes to whichever run comes first, and to one only. */

/** More of them with `JOBDECK_SEEDS`. */
const SEEDS = Number(process.env.JOBDECK_SEEDS ?? 10);

const ascending = (values: readonly unknown[]) => (values as number[]).toSorted((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('what a run had in hand when it ended', () => {
  it('is taken by a new run, when it comes again', async () => {
    const world = await aFlowOf(10);
    const { platform, sink, source, job } = world;
    await aRunThatLeft(world);

    platform.advance(HIDDEN_MS);
    await started(platform, job);
    await drain(platform, platform, 4);

    expect(ascending(sink.values())).toEqual(upTo(10));
    expect(source.left()).toEqual([]);
  });

  it('is taken but for the pages that were through', async () => {
    const world = await aFlowOf(30, { atOnce: 30 });
    const { platform, sink, source, job } = world;
    await aRunThatLeft(world, 2);
    const through = sink.values();

    platform.advance(HIDDEN_MS);
    const next = await started(platform, job);
    await drain(platform, platform, 6);

    expect(through).toHaveLength(10);
    expect(ascending(sink.values())).toEqual(upTo(30));
    expect(source.left()).toEqual([]);
    expect((await getTask(world.platform.db, next, 0))?.records).toMatchObject({ exported: 20, success: 20 });
  });

  it('goes to one of two: a restart leaves to a new run what that took', async () => {
    const world = await aFlowOf(25, { atOnce: 20 });
    const { platform, sink, source, job } = world;
    const ref = await aRunThatLeft(world);
    platform.advance(HIDDEN_MS);
    // It takes half of what was left, and is stopped with it in hand.
    const other = await started(platform, job);
    behind(platform, { sources: [onlySome(source, (n) => n < 10)], sinks: [sink] });
    await drain(platform, platform, 1);
    await stop(platform, other);
    forget(platform);
    behind(platform, { sources: [source], sinks: [sink] });

    const next = await restarted(platform, job, ref);
    await drain(platform, platform, 2);
    const ofRestart = ascending(sink.values());
    platform.advance(HIDDEN_MS);
    await drain(platform, platform, 8);

    expect(ofRestart).toEqual(upTo(20).slice(10));
    expect(ascending(sink.values())).toEqual(upTo(25));
    expect(source.left()).toEqual([]);
    expect(sink.contradictions).toEqual([]);
    expect((await getTask(world.platform.db, next, 0))?.records).toMatchObject({ exported: 25, success: 25 });
  });

  it('gets another page number once a part of it is taken, for sinks may have had its page as it was', async () => {
    const world = await aFlowOf(10);
    const { platform, sink, source, job } = world;
    const ref = await started(platform, job);
    await drain(platform, platform, 1);
    behind(platform, { sources: [source], sinks: [cutOff(sink)] });
    await drain(platform, platform, 1);
    await stop(platform, ref);
    forget(platform);
    platform.advance(HIDDEN_MS);
    behind(platform, { sources: [onlySome(source, (n) => n < 5)], sinks: [sink] });
    const other = await started(platform, job);
    await drain(platform, platform, 2);
    await stop(platform, other);
    forget(platform);

    await restarted(platform, job, ref);
    await drain(platform, platform, 2);

    expect(ascending(sink.values())).toEqual(ascending([...upTo(10), ...upTo(10)]));
    expect(sink.contradictions).toEqual([]);
  });

  it('is not taken again by a second restart of the same run', async () => {
    const world = await aFlowOf(10);
    const { platform, sink, job } = world;
    const ref = await aRunThatLeft(world);

    for (let times = 0; times < 2; times++) {
      const next = await restarted(platform, job, ref);
      await drain(platform, platform, 3);
      await stop(platform, next);
      forget(platform);
    }

    expect(ascending(sink.values())).toEqual(upTo(10));
  });

  it('waits for the task of the restart that inherits it, whoever it comes to', async () => {
    const world = await aFlowOf(10, { parallelism: 2 });
    const { platform, sink, source, job } = world;
    const ref = await aRunThatLeft(world);
    platform.advance(HIDDEN_MS);

    await restarted(platform, job, ref, 2);
    const [heir, other] = platform.slices.splice(0);
    if (!heir || !other) throw new Error('there are not two tasks');
    platform.slices.push(other);
    await drain(platform, platform, 1);
    const early = sink.values();
    platform.slices.push(heir);
    await drain(platform, platform, 8);

    expect(early).toEqual([]);
    expect(source.deferred).toEqual(upTo(10));
    expect(ascending(sink.values())).toEqual(upTo(10));
    expect(source.left()).toEqual([]);
  });

  it('is not counted or kept as failed again where it was no record', async () => {
    const world = await aFlowOf(10, { bad: (n) => n === 3 });
    const { platform, sink, source, job } = world;
    const ref = await aRunThatLeft(world);

    platform.advance(HIDDEN_MS);
    const next = await started(platform, job);
    await drain(platform, platform, 4);

    expect((await getTask(world.platform.db, ref, 0))?.records).toMatchObject({ exported: 10, error: 1 });
    expect((await getTask(world.platform.db, next, 0))?.records).toMatchObject({ exported: 9, error: 0, success: 9 });
    expect(await errorsOf(world, next)).toEqual([]);
    expect(ascending(sink.values())).toEqual(upTo(10).filter((n) => n !== 3));
    expect(source.left()).toEqual([]);
  });

  it('is taken once whenever a new run crashes on its way to it', async () => {
    for (const answerIsLost of [false, true]) {
      for (let crashAtCall = 1; ; crashAtCall++) {
        const world = await aFlowOf(10);
        const { platform, sink, source, job } = world;
        await aRunThatLeft(world);
        platform.advance(HIDDEN_MS);
        await started(platform, job);
        const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall, answerIsLost }) };

        const crashed = await drain(platform, faulty, 3).then(
          () => false,
          (error: unknown) => {
            if (error instanceof Crash) return true;
            throw error;
          },
        );
        for (let minutes = 0; source.left().length > 0 && minutes < 20; minutes++) await aMinute(world);

        expect({ crashAtCall, values: ascending(sink.values()) }).toEqual({ crashAtCall, values: upTo(10) });
        expect(source.left()).toEqual([]);
        if (!crashed) break;
      }
    }
  });
});

const errorsOf = async ({ platform }: World, ref: RunRef) =>
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
      ({ platform, job }: World) => started(platform, job),
    ],
  ] as const) {
    it(named, async () => {
      const world = await aFlowOf(10, { parallelism: 2 });
      const { platform, sink, source, job } = world;
      await started(platform, job);
      const [slow, ...rest] = platform.slices.splice(0);
      if (!slow) throw new Error('there is no task');
      platform.slices.push(slow);
      await drain(platform, platform, 1);
      const next = platform.slices.splice(0);
      platform.advance(HIDDEN_MS);

      await others(world);
      if (platform.slices.length === 0) platform.slices.push(...rest);
      await drain(platform, platform, 1);
      const [left, deferred] = [source.left(), [...source.deferred]];
      platform.slices.push(...next);
      await drain(platform, platform, 8);

      expect([left, deferred]).toEqual([upTo(10), upTo(10)]);
      expect(ascending(sink.values())).toEqual(upTo(10));
      expect(source.left()).toEqual([]);
    });
  }
});

it('what a task had in hand when it was stopped is not taken by another that is still at work: sinks may have a part', async () => {
  const { platform, source, job } = await aFlowOf(10, { parallelism: 2 });
  const had: unknown[] = [];
  const sink: SinkWriter = {
    async write({ records, from = 0, isLate = () => false }) {
      let through = from;
      for (; through < records.length && !(through > from && isLate()); through++) {
        platform.advance(20_000);
        had.push(records[through]?.value);
      }
      return { refused: [], bytes: 0, through };
    },
  };
  behind(platform, { sources: [source], sinks: [sink] });
  const ref = await started(platform, job);
  const [first, other] = platform.slices.splice(0);
  if (!first || !other) throw new Error('there are not two tasks');
  platform.slices.push(first);
  await drain(platform, platform, 2);
  const part = [...had];
  forget(platform);

  behind(platform, { sources: [before(source, () => stop(platform, ref, 'checkpoint'))], sinks: [sink] });
  platform.slices.push(other);
  platform.advance(HIDDEN_MS);
  await drain(platform, platform, 3);
  behind(platform, { sources: [source], sinks: [sink] });
  await restarted(platform, job, ref, 2);
  await drain(platform, platform, 12);

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
async function aDay(world: World, random: () => number, slices: (most: number) => Promise<void>): Promise<void> {
  const { platform, job, source } = world;
  const below = (limit: number) => Math.floor(random() * limit);
  const ended: RunRef[] = [];
  const active: RunRef[] = [await started(platform, job)];
  for (let step = 0; step < 12; step++) {
    await slices(below(6));
    // A worker that is killed in a slice: its message is gone.
    if (random() < 0.2) platform.slices.shift();
    platform.advance(below(3) * HIDDEN_MS);
    const former = ended[below(ended.length)];
    if (active.length < 2) {
      const again = random() < 0.5 && former;
      active.push(await (again ? restarted(platform, job, again, 1 + below(4)) : started(platform, job)));
      continue;
    }
    const [ref] = active.splice(below(active.length), 1);
    if (!ref) throw new Error('no run is active');
    await stop(platform, ref, (['checkpoint', 'immediate', 'force'] as const)[below(3)]);
    await workOff(platform);
    expect(isTerminal((await runOf(platform, ref)).state)).toBe(true);
    ended.push(ref);
  }
  for (let minutes = 0; source.left().length > 0 && minutes < 120; minutes++) await aMinute(world);
}

it(`at random, in ${SEEDS} seeds, goes to one run that takes it once`, async () => {
  for (const seed of upTo(SEEDS)) {
    const random = randomOf(seed);
    const atOnce = 5 + Math.floor(random() * 26);
    const world = await aFlowOf(80, { atOnce, bad: (n) => n % 17 === 3, parallelism: 3 });
    const { platform, sink, source } = world;

    await aDay(world, random, async (most) => void (await drain(platform, platform, most)));

    const values = upTo(80).filter((n) => n % 17 !== 3);
    const { contradictions } = sink;
    expect({ seed, values: ascending(sink.values()), left: source.left(), contradictions }).toEqual({
      seed,
      values,
      left: [],
      contradictions: [],
    });
  }
});

it(`at random, in ${SEEDS} seeds, is lost by nobody who crashes, or is not told what came of a write`, async () => {
  for (const seed of upTo(SEEDS)) {
    const random = randomOf(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const world = await aFlowOf(80, { atOnce: 5 + below(26), bad: (n) => n % 17 === 3, parallelism: 3 });
    const { platform, sink, source } = world;

    await aDay(world, random, async (most) => {
      const crashing = () => faultyDb(platform.db, { crashAtCall: 1 + below(40), answerIsLost: random() < 0.5 });
      const db = [crashing, () => silentOnce(platform.db, 1 + below(3)), () => platform.db][below(3)]?.();
      await drain(platform, inside(platform, db ?? platform.db), most).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        // Whoever looks after the run finds the lease run out.
        platform.advance(HIDDEN_MS);
      });
      platform.advance(HIDDEN_MS);
    });

    // A page that was at its sink when its worker crashed may be there again, by another run.
    const values = upTo(80).filter((n) => n % 17 !== 3);
    const { contradictions } = sink;
    const arrived = ascending([...new Set(sink.values())]);
    expect({ seed, arrived, left: source.left(), contradictions }).toEqual({
      seed,
      arrived: values,
      left: [],
      contradictions: [],
    });
  }
});
