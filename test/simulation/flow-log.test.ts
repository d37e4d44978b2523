import { expect, it } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { listLogLines } from '../../functions/core/store/flow-logs.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain, connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, recoverBySweeping, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** The log lines of a flow run. */

const store = { db: memoryDb() };

/** Returns the log lines, oldest first. */
async function linesOf({ db }: TestPlatform, run: RunRef) {
  const lines = await listLogLines(db, run, { limit: 100, matches: () => true });
  return lines.toReversed();
}

it('stores the messages of an operator while its page is being processed', async () => {
  const platform = testPlatform(store.db);
  const gate = Promise.withResolvers<void>();
  const sink = idempotentSink();
  platform.open = async (_flow, _run, _tasks, log) => ({
    sources: [replayableSource(1, 10)],
    chain: aChain(),
    sinks: [
      {
        async write(page, signal) {
          log('warn', 'sink_1', 'HTTP 503: tried again');
          await gate.promise;
          return sink.write(page, signal);
        },
      },
    ],
    taps: new Map(),
    async [Symbol.asyncDispose]() {},
  });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  const [message] = platform.slices.splice(0);
  if (!message) throw new Error('no slice was sent');

  const slice = runSlice(platform, { v: 1, ...message });
  const said = () => linesOf(platform, ref).then((lines) => lines.map((line) => line.message));
  await expect.poll(said).toEqual(['task 0 begins', 'HTTP 503: tried again']);
  gate.resolve();
  await slice;

  expect(await said()).toEqual(['task 0 begins', 'HTTP 503: tried again', 'task 0 has read all of its splits']);
});

it('stores the error of each failed planning attempt and the warnings of its sources', async () => {
  const platform = testPlatform(store.db);
  const down = async () => {
    throw new FlowFailure('HTTP 503 from https://shop.example', { permanent: false });
  };
  platform.open = async (_flow, _run, _tasks, log) => {
    platform.advance(1_000);
    log('info', 'source_1', 'connected');
    log('warn', 'source_1', 'asked to wait');
    const sources = [{ ...replayableSource(1, 10), plan: down }];
    return { sources, chain: aChain(), sinks: [idempotentSink()], taps: new Map(), async [Symbol.asyncDispose]() {} };
  };
  const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
  const job = await givenFlow(platform, {}, { retry });
  const ref = await startFlowRun(platform, job);
  await recoverBySweeping(platform, job, 3);

  expect(await getRun(platform.db, ref)).toMatchObject({ state: 'failed', attempt: 2 });
  const of = { task: null, written: expect.any(Number) as number };
  expect(await linesOf(platform, ref)).toMatchObject(
    [1, 2].flatMap((attempt) => [
      { ...of, level: 'warn', operator: 'source_1', message: 'asked to wait' },
      {
        ...of,
        level: 'error',
        operator: null,
        message: 'HTTP 503 from https://shop.example',
        details: { attempt, permanent: false },
      },
    ]),
  );
});

it('stores a warning if the worker of a task was lost', async () => {
  const platform = testPlatform(store.db);
  connectOperators(platform, {
    sources: [replayableSource(1, 30)],
    sinks: [{ write: () => new Promise<never>(() => {}) }],
  });
  const job = await givenFlow(platform);
  const ref = await startFlowRun(platform, job);
  const [message] = platform.slices.splice(0);
  if (!message) throw new Error('no slice was sent');
  void runSlice(platform, { v: 1, ...message });
  await expect.poll(async () => (await linesOf(platform, ref)).length).toBe(1);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });

  await recoverBySweeping(platform, job, 3);
  await drainSlices(platform);

  expect(await getRun(platform.db, ref)).toMatchObject({ state: 'completed' });
  expect((await linesOf(platform, ref)).map(({ level, message: said }) => `${level}: ${said}`)).toEqual([
    'info: task 0 begins',
    expect.stringMatching(/^warn: task 0 was lost: its worker stopped sending heartbeats before /),
    'info: task 0 has read all of its splits',
  ]);
});
