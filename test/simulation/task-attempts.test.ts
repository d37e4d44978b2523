import { describe, expect, it } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { recoverTask } from '../../functions/core/engine/flow/slice/recover-task.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { changeTask, getTask } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain, connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Number of retries of a task, and the reset of its failures. */

const db = memoryDb();
const PAGE_MS = 30_000;
const twice = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 60 } as const;

/** A run whose sink takes 30 s per page and fails at the first attempt of the given pages. */
async function aRunThatFailsAt(pages: readonly number[], { sliceMs = 45_000, retry = twice } = {}) {
  const platform = testPlatform(db);
  platform.sliceMs = sliceMs;
  const sink = idempotentSink();
  const failingPages = new Set(pages);
  const slow = {
    ...sink,
    write: async (...args: Parameters<typeof sink.write>) => {
      platform.advance(PAGE_MS);
      if (failingPages.delete(args[0].key.page)) {
        throw new FlowFailure('HTTP 503 from https://erp.example', { permanent: false });
      }
      return sink.write(...args);
    },
  };
  connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [slow] });
  const ref = await startFlowRun(platform, await givenFlow(platform, {}, { retry }));
  return { platform, ref, sink };
}

const stateOf = async ({ db }: TestPlatform, ref: RunRef) => (await getRun(db, ref))?.state;

describe('failures of a task', () => {
  for (const [length, sliceMs] of [
    ['short', 45_000],
    ['long', 600_000],
  ] as const) {
    it(`reset after two minutes of progress, in ${length} slices`, async () => {
      const { platform, ref, sink } = await aRunThatFailsAt([1, 7], { sliceMs });

      await drainSlices(platform);

      expect(await stateOf(platform, ref)).toBe('completed');
      expect(sink.values()).toHaveLength(100);
    });

    it(`accumulate within two minutes, in ${length} slices`, async () => {
      const { platform, ref } = await aRunThatFailsAt([1, 4], { sliceMs });

      await drainSlices(platform);

      expect(await getRun(platform.db, ref)).toMatchObject({
        state: 'failed',
        failure: { message: 'HTTP 503 from https://erp.example' },
        itemsProcessed: 40,
      });
    });
  }

  it('accumulate while one page fails repeatedly for a long time', async () => {
    const { platform, ref, sink } = await aRunThatFailsAt([]);
    const stuck = async () => {
      platform.advance(12 * 60_000);
      throw new FlowFailure('a page was not through all sinks', { permanent: false });
    };
    connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [{ ...sink, write: stuck }] });

    expect(await drainSlices(platform)).toBe(2);

    expect(await stateOf(platform, ref)).toBe('failed');
  });

  it('fail the run after twenty in a row by default', async () => {
    const platform = testPlatform(db);
    const down = async () => {
      throw new FlowFailure('HTTP 503 from https://erp.example', { permanent: false });
    };
    connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [{ ...idempotentSink(), write: down }] });
    const ref = await startFlowRun(platform, await givenFlow(platform));

    expect(await drainSlices(platform)).toBe(20);

    expect(await stateOf(platform, ref)).toBe('failed');
  });
});

it('counts the warnings of failed and successful slices', async () => {
  const platform = testPlatform(db);
  const sink = idempotentSink();
  let isDown = true;
  platform.open = async (_flow, _run, _tasks, say) => ({
    sources: [replayableSource(1, 20)],
    chain: aChain(),
    taps: new Map(),
    async [Symbol.asyncDispose]() {},
    sinks: [
      {
        write: async (...page) => {
          say('warn', 'sink_1', 'HTTP 503: tried again', {});
          if (isDown) throw new FlowFailure('HTTP 503', { permanent: false });
          return sink.write(...page);
        },
      },
    ],
  });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  const warnings = async () => (await getTask(db, ref, 0))?.operators.map((operator) => operator.warnings);

  await drainSlices(platform, platform, 3);
  const whileDown = await warnings();
  isDown = false;
  await drainSlices(platform);

  expect([whileDown, await warnings()]).toEqual([
    [0, 3],
    [0, 5],
  ]);
  expect(await stateOf(platform, ref)).toBe('completed');
});

describe('a task whose worker was lost', () => {
  /** A task that failed once and whose worker was lost after making progress for `healthyMs`. */
  async function lostAfter(healthyMs: number) {
    const { platform, ref } = await aRunThatFailsAt([]);
    const [run, seen] = [await getRun(platform.db, ref), await getTask(platform.db, ref, 0)];
    if (!run || !seen) throw new Error('there is no such run or task');
    const since = platform.now();
    platform.advance(healthyMs);
    const lost = {
      ...seen,
      failures: 1,
      healthySince: new Date(since).toISOString(),
      rates: [{ from: Math.floor(platform.now() / 10_000) * 10, in: 10, out: 10 }],
      lease: { token: 'dead', until: new Date(platform.now() + 60_000).toISOString() },
    };
    await changeTask(platform.db, seen, lost);
    platform.advance(60_000);
    await recoverTask(platform, run, lost, twice);
    return { failures: (await getTask(platform.db, ref, 0))?.failures, state: await stateOf(platform, ref) };
  }

  it('resets its failures after two minutes of progress', async () => {
    expect(await lostAfter(120_000)).toEqual({ failures: 1, state: 'running' });
  });

  it('counts the loss as another failure within two minutes', async () => {
    expect(await lostAfter(100_000)).toEqual({ failures: 2, state: 'failed' });
  });
});
