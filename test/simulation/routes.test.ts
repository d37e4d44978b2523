import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import { totalCounts, totalRecords } from '../../functions/core/domain/flow/totals.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Chain } from '../../functions/core/executors/flow/chain.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import { createDynamoDbWriter } from '../../functions/core/executors/flow/sinks/dynamodb.ts';
import { query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext } from '../helpers/builders/http-context.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, recoverBySweeping, startFlowRun } from '../helpers/simulations/process-messages.ts';

const SINKS = ['sink_1', 'sink_2', 'sink_3'] as const;
const flow: Partial<Flow> = {
  parallelism: 1,
  sinks: SINKS.map((id) => ({ id, name: id, type: 'preview' })),
};

/** A chain whose records go to the sinks that `sinksOf` returns. A record without a sink is ignored. */
function routing(sinksOf: (value: number) => readonly string[]): Chain {
  return {
    ...aChain(),
    async apply(records) {
      const outputs = records.flatMap((value, origin) => {
        const sinks = sinksOf(value as number);
        return sinks.length === 0 ? [] : [{ value, origin, sinks }];
      });
      return { outputs, errors: [], counts: [], outputsByTransform: [] };
    },
  };
}

/** A sink that takes at most `most` records a write, refuses some records, and counts how often it took each. */
function aSlowSink(most: number, refuses: (value: number) => boolean) {
  const taken: number[] = [];
  const writer: SinkWriter = {
    async write({ records, resumeFrom = 0 }) {
      const end = Math.min(records.length, resumeFrom + most);
      const refused: { index: number; message: string }[] = [];
      for (let index = resumeFrom; index < end; index++) {
        const value = records[index]?.value as number;
        if (refuses(value)) refused.push({ index, message: 'refused' });
        else taken.push(value);
      }
      return { refused, bytes: end - resumeFrom, processed: end };
    },
  };
  return { writer, taken };
}

async function totalsOf(platform: TestPlatform, ref: Parameters<typeof getRun>[1]) {
  const run = await getRun(platform.db, ref);
  const tasks = await listTasks(platform.db, ref, run?.flow?.plan?.tasks ?? 0);
  return {
    state: run?.state,
    records: totalRecords(tasks),
    sinks: SINKS.map((_, i) => totalCounts(tasks, 1 + i)),
  };
}

function connect(platform: TestPlatform, chain: Chain, sinks: readonly SinkWriter[]): void {
  platform.open = async () => ({
    sources: [replayableSource(2, 25)],
    chain,
    sinks,
    taps: new Map(),
    async [Symbol.asyncDispose]() {},
  });
}

describe('a routed flow', () => {
  it('writes each record to its sinks once and counts it once, whatever its sinks do', async () => {
    const sinkSets = fc.array(fc.subarray([...SINKS]), { minLength: 7, maxLength: 7 });
    const speeds = fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(sinkSets, speeds, fc.integer({ min: 2, max: 9 }), async (sets, most, refusedEach) => {
        const platform = testPlatform(memoryDb());
        platform.sliceMs = 0;
        const sinksOf = (value: number) => sets[value % sets.length] ?? [];
        const isRefused = (sink: number, value: number) => (value + sink) % refusedEach === 0;
        const sinks = most.map((each, sink) => aSlowSink(each, (value) => isRefused(sink, value)));
        connect(
          platform,
          routing(sinksOf),
          sinks.map(({ writer }) => writer),
        );

        const ref = await startFlowRun(platform, await givenFlow(platform, flow));
        await drainSlices(platform);

        const { state, records, sinks: counts } = await totalsOf(platform, ref);
        const values = Array.from({ length: 50 }, (_, value) => value);
        const offered = SINKS.map((id) => values.filter((value) => sinksOf(value).includes(id)));
        const accepted = offered.map((list, sink) => list.filter((value) => !isRefused(sink, value)));
        const routed = values.filter((value) => sinksOf(value).length > 0);
        const failed = routed.filter((value) =>
          offered.some((list, sink) => list.includes(value) && isRefused(sink, value)),
        );
        expect(state).toBe('completed');
        expect(sinks.map(({ taken }) => taken.toSorted((a, b) => a - b))).toEqual(accepted);
        expect(counts.map((count) => [count.in, count.out, count.errors])).toEqual(
          offered.map((list, i) => [list.length, accepted[i]?.length, list.length - (accepted[i]?.length ?? 0)]),
        );
        expect(records).toMatchObject({
          exported: 50,
          success: routed.length - failed.length,
          error: failed.length,
          ignored: 50 - routed.length,
        });
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the items of two sinks that write into one collection', async () => {
    const platform = testPlatform(memoryDb());
    const spec = { type: 'dynamodb', collection: 'orders', key: null } as const;
    platform.open = async (_, run) => {
      const context = httpContext({ db: platform.db, run, now: platform.now });
      return {
        sources: [replayableSource(1, 20)],
        chain: routing((value) => [value % 2 === 0 ? 'sink_1' : 'sink_2']),
        sinks: ['sink_1', 'sink_2'].map((id) => createDynamoDbWriter({ id, ...spec }, context)),
        taps: new Map(),
        async [Symbol.asyncDispose]() {},
      };
    };
    const sinks = ['sink_1', 'sink_2'].map((id) => ({ id, name: id, ...spec }));
    const job = await givenFlow(platform, { parallelism: 1, sinks });

    await startFlowRun(platform, job);
    await drainSlices(platform);

    const stored = await query(platform.db, platform.db.tables.collections, equals('pk', `${job.tenant}#orders`));
    expect(stored.map(({ record }) => record).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, value) => value),
    );
  });

  it('writes and counts each record once if the store fails at any call', async () => {
    for (const answerIsLost of [true, false]) {
      for (let call = 1, crashed = true; crashed; call++) {
        const platform = testPlatform(memoryDb());
        platform.sliceMs = 0;
        const taken = SINKS.map(() => new Set<string>());
        const writers = taken.map(
          (set): SinkWriter => ({
            async write({ key, records, resumeFrom = 0 }) {
              const end = Math.min(records.length, resumeFrom + 3);
              for (let i = resumeFrom; i < end; i++)
                set.add(`${key.split} ${key.page} ${i} ${records[i]?.value as number}`);
              return { refused: [], bytes: 1, processed: end };
            },
          }),
        );
        const sinksOf = (value: number) => SINKS.filter((_, i) => (value & (1 << i)) !== 0);
        connect(platform, routing(sinksOf), writers);
        const job: Job = await givenFlow(platform, flow);
        const ref = await startFlowRun(platform, job);
        const crashing = withDb(platform, faultyDb(platform.db, { crashAtCall: call, answerIsLost }));
        crashed = false;
        await drainSlices(platform, crashing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        await recoverBySweeping(platform, job);

        const { state, records, sinks } = await totalsOf(platform, ref);
        const expected = SINKS.map(
          (_, i) => Array.from({ length: 50 }, (_, v) => v).filter((v) => (v & (1 << i)) !== 0).length,
        );
        expect([answerIsLost, call, state]).toEqual([answerIsLost, call, 'completed']);
        expect(sinks.map((count) => count.in)).toEqual(expected);
        expect(taken.map((set) => set.size)).toEqual(expected);
        expect(records).toMatchObject({ exported: 50, success: 43, ignored: 7, error: 0 });
      }
    }
  });
});
