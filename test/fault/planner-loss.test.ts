import { afterAll, beforeAll, expect, it } from 'vitest';
import { FlowFailure } from '../../functions/executors/flow/flow-failure.ts';
import { stopFlow } from '../../functions/lifecycle/flow/stop.ts';
import { listCheckpoints } from '../../functions/store/checkpoints.ts';
import { getRun } from '../../functions/store/runs.ts';
import { sweepTenant } from '../../functions/sweeper/sweep.ts';
import { behind, careful, drain, givenFlow, numbers, started, workOff } from '../support/flow-world.ts';
import { testPlatform } from '../support/platform.ts';
import { startTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

it('a run that was planned at the second attempt has no failure, and a gentle stop of it is one', async () => {
  const platform = testPlatform(store.db);
  platform.sliceMs = 0;
  const source = numbers(1, 100);
  let plans = 0;
  const late = {
    ...source,
    plan: async (signal: AbortSignal) => {
      if (++plans === 1) throw new FlowFailure('HTTP 503 from https://shop.example', { permanent: false });
      return source.plan(signal);
    },
  };
  behind(platform, { sources: [late], sinks: [careful()] });
  const job = await givenFlow(platform);
  const ref = await started(platform, job);
  platform.advance(60_000);
  await sweepTenant(platform, job.tenant);
  await workOff(platform);
  await drain(platform, platform, 3);
  const running = await getRun(platform.db, ref);

  const requestedAt = new Date(platform.now()).toISOString();
  await stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });

  expect(running).toMatchObject({ state: 'running', attempt: 2, failure: null });
  expect(await getRun(platform.db, ref)).toMatchObject({ state: 'canceled', failure: null, itemsProcessed: 30 });
  expect(await listCheckpoints(platform.db, ref)).toMatchObject([{ cause: 'stop', state: 'completed' }]);
});
