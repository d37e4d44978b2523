import { describe, expect, it } from 'vitest';
import { FLOW_RETRY } from '../../functions/core/domain/retry.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { createLease } from '../../functions/core/engine/execute/lease.ts';
import { recoverTask } from '../../functions/core/engine/flow/slice/recover-task.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { failTimedOutRun } from '../../functions/core/engine/flow/stop/fail-timed-out-run.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { getRun, requestStop } from '../../functions/core/store/runs.ts';
import { changeTask, getTask, renewTaskLease } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, recoverBySweeping, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** A task fails its run only while its worker holds the lease, and both writes happen together or not at all. */

const db = memoryDb();

async function taskOf({ db }: TestPlatform, ref: RunRef, index: number) {
  const task = await getTask(db, ref, index);
  if (!task) throw new Error(`there is no task ${index}`);
  return task;
}

describe.each([false, true])('recoverTask with a crash at each call (response lost: %s)', (answerIsLost) => {
  it('leaves no run that completes without the lost task', async () => {
    let crashes = 0;
    for (let crashAtCall = 1; ; crashAtCall++) {
      // Prepare: one of two tasks is done, and the lease of the other has expired.
      const platform = testPlatform(db);
      connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [idempotentSink()] });
      const retry = { attempts: 1, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 60 } as const;
      const job = await givenFlow(platform, {}, { retry });
      const ref = await startFlowRun(platform, job);
      await drainSlices(platform, platform, 1);
      platform.slices.length = 0;
      const seen = await taskOf(platform, ref, 1);
      const lost = { ...seen, slice: 1, lease: { token: 'dead', until: new Date(platform.now()).toISOString() } };
      await changeTask(platform.db, seen, lost);
      const run = await getRun(platform.db, ref);
      if (!run) throw new Error('the run does not exist');

      // Act
      const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall, answerIsLost }) };
      const crashed = await recoverTask(faulty, run, lost, retry).then(
        () => false,
        (error: unknown) => error instanceof Crash,
      );
      await recoverBySweeping(platform, job, 3);

      // Assess
      const { state, failure } = (await getRun(platform.db, ref)) ?? {};
      expect({ crashAtCall, state, kind: failure?.kind }).toEqual({ crashAtCall, state: 'failed', kind: 'lost' });
      if (!crashed) break;
      crashes++;
    }
    expect(crashes).toBeGreaterThan(3);
  });
});

it('does not fail the run if the failing slice has lost its task to another worker', async () => {
  const platform = testPlatform(db);
  platform.sliceMs = 0;
  const sink = idempotentSink();
  let isZombie = true;
  const broken = {
    ...sink,
    write: async (...page: Parameters<typeof sink.write>) => {
      if (!isZombie) return sink.write(...page);
      isZombie = false;
      platform.advance(61_000);
      await sweepTenant(platform, job.tenant);
      await drainSlices(platform, platform, 1);
      throw new FlowFailure('HTTP 403 from https://erp.example', { permanent: true });
    },
  };
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [broken] });
  const job = await givenFlow(platform);
  const ref = await startFlowRun(platform, job);
  const message = platform.slices.shift();
  if (!message) throw new Error('no slice was sent');

  await runSlice(platform, { v: 1, ...message });
  await drainSlices(platform);

  expect(await getRun(platform.db, ref)).toMatchObject({ state: 'completed', failure: null, itemsProcessed: 30 });
});

it('leaves the run completed if its timeout is noticed after its end', async () => {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  const seen = await getRun(db, ref);
  if (!seen) throw new Error('the run does not exist');
  await drainSlices(platform);

  await failTimedOutRun(platform, seen, 90_000);

  expect(await getRun(db, ref)).toMatchObject({ state: 'completed', failure: null });
});

it('ends the run if a stop is requested while it ends', async () => {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  const meanwhile = () => requestStop(db, ref, 'ana');

  await drainSlices(platform, interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, meanwhile));

  expect(await getRun(db, ref)).toMatchObject({ state: 'canceled', canceledBy: 'ana', itemsProcessed: 30 });
});

it('ends both tasks and the run if two tasks fail at the same time', async () => {
  const platform = testPlatform(db);
  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  const refusing = {
    write: async () => {
      if (++waiting === 2) gate.resolve();
      await gate.promise;
      throw new FlowFailure('HTTP 403 from https://erp.example', { permanent: true });
    },
  };
  connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [refusing] });
  const ref = await startFlowRun(platform, await givenFlow(platform));

  await Promise.all(platform.slices.splice(0).map((message) => runSlice(platform, { v: 1, ...message })));

  expect(await getRun(db, ref)).toMatchObject({ state: 'failed', failure: { kind: 'error' } });
});

it('keeps the task if its lease is renewed while the sweeper finds it expired', async () => {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
  const ref = await startFlowRun(platform, await givenFlow(platform));
  const [run, seen] = [await getRun(db, ref), await taskOf(platform, ref, 0)];
  if (!run) throw new Error('the run does not exist');
  const held = { ...seen, slice: 1, lease: createLease(platform.now()) };
  await changeTask(db, seen, held);
  platform.advance(61_000);
  const renewed = createLease(platform.now(), held.lease.token);
  await renewTaskLease(db, held, renewed);

  await recoverTask(platform, run, held, FLOW_RETRY);

  expect(await taskOf(platform, ref, 0)).toMatchObject({ lease: renewed, failures: 0 });
});
