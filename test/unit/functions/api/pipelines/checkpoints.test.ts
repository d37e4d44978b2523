import { afterAll, beforeAll, expect, test } from 'vitest';
import { publicCheckpointId } from '../../../../../functions/api/pipelines/checkpoint-id.ts';
import { takeCheckpoint } from '../../../../../functions/api/pipelines/checkpoints.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { getCheckpoint } from '../../../../../functions/core/store/checkpoints.ts';
import { givenFlow } from '../../../../helpers/builders/flows.ts';
import { connectOperators, idempotentSink } from '../../../../helpers/fakes/operators.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';
import { replayableSource } from '../../../../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../../../../helpers/simulations/process-messages.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

test('takeCheckpoint reports the id of a checkpoint that cannot be written, and lists it as failed', async () => {
  const platform = testPlatform(store.db);
  platform.sliceMs = 0;
  connectOperators(platform, { sources: [replayableSource(2, 100)], sinks: [idempotentSink()] });
  const job = await givenFlow(platform);
  const run = await startFlowRun(platform, job);
  await drainSlices(platform, platform, 2);
  const objects = { ...platform.objects, put: async () => Promise.reject(new Error('503 Slow Down: bucket-7')) };

  const request = {
    caller: { tenant: job.tenant, roles: ['OWNER'], name: 'ana@acme.test' },
    params: { job_id: publicRunId(run) },
    query: {},
    body: {},
    headers: {},
    remainingMs: () => 29_000,
    mayWait: async () => true,
    countRequest: async () => {},
  } as const;
  const answer = takeCheckpoint.handle(request, { ...platform, objects, bucket: 'files' });

  await expect(answer).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'checkpoint.failed',
    message: `Checkpoint ${publicCheckpointId(run, 1)} could not be written; the job continues, so try again`,
  });
  expect(await getCheckpoint(store.db, run, 1)).toMatchObject({ state: 'failed', finishedAt: expect.any(String) });
});
