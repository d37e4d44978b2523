import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { startFlowRun } from '../helpers/simulations/process-messages.ts';

const db = memoryDb();

// A slice checks every second whether a checkpoint is due. The test advances the timer.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A run whose two tasks process one page each until the test releases them. */
async function startTwoTasks(everySeconds: number | null) {
  const platform = testPlatform(db);
  const sink = idempotentSink();
  const gates = [0, 1].map(() => Promise.withResolvers<FlowFailure | undefined>());
  const slow = {
    ...sink,
    write: async (...page: Parameters<typeof sink.write>) => {
      const failure = await gates[page[0].key.task]?.promise;
      if (failure) throw failure;
      return sink.write(...page);
    },
  };
  connectOperators(platform, { sources: [replayableSource(2, 20)], sinks: [slow] });
  const job = await givenFlow(platform, { checkpoints: { everySeconds, keep: 5 } });
  const ref = await startFlowRun(platform, job);
  const slices = platform.slices.splice(0).map((message) => runSlice(platform, { v: 1, ...message }));
  const after = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      platform.advance(1_000);
      vi.advanceTimersByTime(1_000);
      for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    }
    return (await listCheckpoints(db, ref)).map(({ epoch, cause, state }) => `${epoch} ${cause} ${state}`);
  };
  const release = async (task: number) => {
    gates[task]?.resolve(undefined);
    await slices[task];
  };
  const fail = async (task: number) => {
    gates[task]?.resolve(new FlowFailure('HTTP 503 from https://erp.example', { permanent: false }));
    await slices[task];
  };
  return { after, release, fail };
}

it('takes one checkpoint per run and interval', async () => {
  const { after, release } = await startTwoTasks(10);
  const first = '1 timer completed';

  expect(await after(9)).toEqual([]);
  expect(await after(2)).toEqual([first]);
  expect(await after(8)).toEqual([first]);
  expect(await after(3)).toEqual(['2 timer completed', first]);
  await release(0);
  expect(await after(13)).toEqual(['3 timer completed', '2 timer completed', first]);
  await release(1);
});

it('takes checkpoints while another task waits for a retry', async () => {
  const { after, release, fail } = await startTwoTasks(10);

  await fail(0);

  expect(await after(12)).toEqual(['1 timer completed']);
  await release(1);
});

it('takes no checkpoints without an interval', async () => {
  const { after, release } = await startTwoTasks(null);

  expect(await after(120)).toEqual([]);
  for (const task of [0, 1]) await release(task);
});
