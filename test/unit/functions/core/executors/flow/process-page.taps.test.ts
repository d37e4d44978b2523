import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorsOf } from '../../../../../../functions/core/domain/flow/flow.ts';
import type { Json } from '../../../../../../functions/core/domain/json.ts';
import { stopFlow } from '../../../../../../functions/core/engine/flow/stop/stop-flow.ts';
import type { Chain } from '../../../../../../functions/core/executors/flow/chain.ts';
import type { SinkWriter } from '../../../../../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../../../../../functions/core/executors/flow/source-reader.ts';
import { listLogLines } from '../../../../../../functions/core/store/flow-logs.ts';
import { listTasks } from '../../../../../../functions/core/store/tasks.ts';
import { aFlow, givenFlow } from '../../../../../helpers/builders/flows.ts';
import { aChain, idempotentSink } from '../../../../../helpers/fakes/operators.ts';
import { testPlatform } from '../../../../../helpers/fakes/platform.ts';
import { nonReplayableSource, replayableSource } from '../../../../../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../../../../../helpers/simulations/process-messages.ts';
import { startTestStore, type TestStore } from '../../../../../helpers/system/test-store.ts';

/** Everything that the observer of a run can see. */

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

interface Tapped {
  readonly offered: number;
  readonly page: number;
  readonly values: readonly Json[];
}

/** A tap that records its input. */
function noting(): SinkWriter & { readonly noted: Tapped[] } {
  const noted: Tapped[] = [];
  return {
    noted,
    async write({ key: { page }, records, offeredBefore: offered }) {
      noted.push({ offered, page, values: records.map(({ value }) => value) });
      return { refused: [], bytes: 0 };
    },
  };
}

const transforms = [{ id: 'filter_1', name: 'Some', type: 'filter', where: 'true' } as const];

/** Starts a run of one task with a tap on each operator. */
async function aRun({ source, chain, sink }: { source: SourceReader; chain: Chain; sink: SinkWriter }) {
  const platform = testPlatform(store.db);
  const taps = operatorsOf(aFlow({ transforms })).map(() => noting());
  platform.open = async () => ({
    sources: [source],
    chain,
    sinks: [sink],
    taps: new Map(taps.entries()),
    async [Symbol.asyncDispose]() {},
  });
  const job = await givenFlow(platform, { parallelism: 1, transforms });
  return { platform, taps: taps.map(({ noted }) => noted), ref: await startFlowRun(platform, job) };
}

/** A chain of one transform that passes numbers of at least `least`. */
function from(least: number): Chain {
  const inner = aChain((value) => (numberOf(value) >= least ? [value] : []));
  return {
    ...inner,
    async apply(records, signal) {
      const result = await inner.apply(records, signal);
      const counts = [{ in: records.length, out: result.outputs.length, errors: 0, ignored: 0 }];
      return { ...result, counts, outputsByTransform: [result.outputs] };
    },
  };
}
const numberOf = (value: Json): number => (typeof value === 'number' ? value : (value as { number: number }).number);

/** A sink that refuses odd numbers. */
const onlyEven = (): SinkWriter => ({
  async write({ records }) {
    const refused = records.flatMap(({ value }, index) =>
      numberOf(value) % 2 === 1 ? [{ index, message: 'odd' }] : [],
    );
    return { refused, bytes: 0 };
  },
});

describe('a tap', () => {
  it('receives the output of its operator page by page, with the number of earlier records', async () => {
    const { platform, taps } = await aRun({ source: replayableSource(1, 30), chain: from(5), sink: onlyEven() });

    await drainSlices(platform);

    const [source, transform, sink] = taps.map((noted) =>
      noted.map(({ offered, page, values }) => [offered, page, values.length, values[0]]),
    );
    expect(source).toEqual([
      [0, 0, 10, 0],
      [10, 1, 10, 10],
      [20, 2, 10, 20],
    ]);
    expect(transform).toEqual([
      [0, 0, 5, 5],
      [5, 1, 10, 10],
      [15, 2, 10, 20],
    ]);
    expect(sink).toEqual([
      [0, 0, 2, 6],
      [2, 1, 5, 10],
      [7, 2, 5, 20],
    ]);
  });

  it('counts by pages after a source that returns several pages at once', async () => {
    const { platform, taps } = await aRun({ source: nonReplayableSource(2, 25), chain: from(0), sink: onlyEven() });

    await drainSlices(platform);

    expect(taps[0]?.map(({ offered, values }) => [offered, values.length])).toEqual([
      [0, 10],
      [10, 10],
      [20, 5],
      [25, 10],
      [35, 10],
      [45, 5],
    ]);
  });

  it('receives a repeated page unchanged, and a page that the sink refuses', async () => {
    let broken = true;
    const sink = idempotentSink();
    const flaky: SinkWriter = {
      async write(page, signal) {
        if (broken && page.key.page === 1) {
          broken = false;
          throw new Error('the sink is gone');
        }
        return sink.write(page, signal);
      },
    };
    const { platform, taps } = await aRun({ source: replayableSource(1, 30), chain: from(0), sink: flaky });

    await drainSlices(platform);

    const pages = taps[0] ?? [];
    expect(pages.map(({ page }) => page)).toEqual([0, 1, 1, 2]);
    expect(pages[2]).toEqual(pages[1]);
    expect(taps[2]?.map(({ page }) => page)).toEqual([0, 1, 2]);
  });
});

describe('the log of a run', () => {
  const linesOf = (ref: Parameters<typeof listLogLines>[1]) =>
    listLogLines(store.db, ref, { limit: 1_000, matches: () => true });

  it('reports the number of records that a sink refused, as a warning of the sink', async () => {
    const { platform, ref } = await aRun({ source: replayableSource(1, 20), chain: from(5), sink: onlyEven() });

    await drainSlices(platform);

    const warnings = (await linesOf(ref)).filter(({ level }) => level === 'warn').reverse();
    expect(warnings).toMatchObject([
      { operator: 'sink_1', message: 'refused 3 of 5 records', details: { refused: 3, offered: 5 } },
      { operator: 'sink_1', message: 'refused 5 of 10 records', details: { refused: 5, offered: 10 } },
    ]);
    const [task] = await listTasks(store.db, ref, 1);
    expect(task?.operators.map(({ warnings }) => warnings)).toEqual([0, 0, 2]);
  });

  it('contains the connection of an endless source once, and its warnings always', async () => {
    const platform = testPlatform(store.db);
    platform.sliceMs = 0;
    platform.open = async (_flow, _run, _tasks, log) => ({
      sources: [
        {
          ...replayableSource(1, 1_000),
          unbounded: true,
          async *read(split, position, signal) {
            log('info', 'source_1', 'connected');
            log('warn', 'source_1', 'slow');
            yield* replayableSource(1, 1_000).read(split, position, signal);
          },
        },
      ],
      chain: aChain(),
      sinks: [idempotentSink()],
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    });
    const ref = await startFlowRun(platform, await givenFlow(platform, { parallelism: 1 }));

    for (let slice = 0; slice < 4; slice++) {
      await drainSlices(platform, platform, 1);
      platform.advance(1_000);
    }
    const stop = { mode: 'force', requestedAt: new Date(platform.now()).toISOString(), timeoutMs: 1_000 } as const;
    await stopFlow(platform, ref, 'ana@acme.test', stop);

    const said = (await linesOf(ref)).filter(({ operator }) => operator === 'source_1').map(({ message }) => message);
    expect(said.filter((message) => message === 'connected')).toHaveLength(1);
    expect(said.filter((message) => message === 'slow')).toHaveLength(4);
  });
});
