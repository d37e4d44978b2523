import { expect, it } from 'vitest';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { listCheckpoints } from '../../functions/core/store/checkpoints.ts';
import { listChildren } from '../../functions/core/store/children.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../helpers/simulations/process-messages.ts';

const db = memoryDb();

it('clears the failure of a run that was planned at its second attempt, and stops it with a checkpoint', async () => {
  const platform = testPlatform(db);
  platform.sliceMs = 0;
  const source = replayableSource(1, 100);
  let plans = 0;
  const late = {
    ...source,
    plan: async (signal: AbortSignal) => {
      if (++plans === 1) throw new FlowFailure('HTTP 503 from https://shop.example', { permanent: false });
      return source.plan(signal);
    },
  };
  connectOperators(platform, { sources: [late], sinks: [idempotentSink()] });
  const job = await givenFlow(platform);
  const ref = await startFlowRun(platform, job);
  platform.advance(60_000);
  await sweepTenant(platform, job.tenant);
  await processRunMessages(platform);
  await drainSlices(platform, platform, 3);
  const running = await getRun(platform.db, ref);

  const requestedAt = new Date(platform.now()).toISOString();
  await stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });

  expect(running).toMatchObject({ state: 'running', attempt: 2, failure: null });
  expect(await getRun(platform.db, ref)).toMatchObject({ state: 'canceled', failure: null, itemsProcessed: 30 });
  expect(await listCheckpoints(platform.db, ref)).toMatchObject([{ cause: 'stop', state: 'completed' }]);
});

/** A run whose first planner resumes after another one has planned it and processed a slice. */
async function plannedTwice(stalled: 'at its source' | 'before the last write') {
  const platform = testPlatform(db);
  const [source, sink] = [replayableSource(1, 30), idempotentSink()];
  const planAgain = async () => {
    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);
    platform.advance(60_000);
    await processRunMessages(platform);
    await drainSlices(platform, platform, 1);
  };
  let plans = 0;
  const late = {
    ...source,
    plan: async (signal: AbortSignal) => {
      if (++plans === 1 && stalled === 'at its source') await planAgain();
      return source.plan(signal);
    },
  };
  platform.sliceMs = 0;
  connectOperators(platform, { sources: [late], sinks: [sink] });
  const job = await givenFlow(platform);
  const ref = await triggerJob(platform, job);
  // The first update is the claim.
  const last = { command: 'UpdateItemCommand', table: 'runs', nth: 2 } as const;
  const zombie = stalled === 'before the last write' ? interruptBefore(platform, last, planAgain) : platform;
  await processRunMessages(platform, zombie);
  const run = await getRun(db, ref);
  await drainSlices(platform);
  return { ref, run, sink };
}

it.each(['at its source', 'before the last write'] as const)(
  'ignores a planner that stalls %s until another one has planned the run',
  async (stalled) => {
    const { ref, run, sink } = await plannedTwice(stalled);

    expect(run).toMatchObject({ state: 'running', attempt: 2, lease: null, flow: { plan: { attempt: 2, tasks: 1 } } });
    expect(await getRun(db, ref)).toMatchObject({ state: 'completed', itemsProcessed: 30 });
    expect(sink.deliveries).toBe(3);
  },
);

it('restores no step if a planner stalls until the run has ended', async () => {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
  const job = await givenFlow(platform);
  const ref = await triggerJob(platform, job);
  const planAgain = async () => {
    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);
    platform.advance(60_000);
    await drainSlices(platform);
  };

  await processRunMessages(
    platform,
    interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, planAgain),
  );

  expect(await getRun(db, ref)).toMatchObject({ state: 'completed', attempt: 2 });
  expect((await listChildren(db, ref)).map(({ state }) => state)).toEqual(['completed', 'completed']);
});
