import { describe, expect, it } from 'vitest';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { triggerBatch } from '../../../../../functions/api/runner/trigger-batch.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { givenJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';

interface BatchBody {
  readonly started: number;
  readonly runs: readonly { readonly status: number; readonly run_id: string | null }[];
}

async function post(platform: TestPlatform, { tenant, id }: Job, runs: readonly object[]): Promise<BatchBody> {
  const handler = createSurfaceHandler({
    routes: [triggerBatch],
    errors: runnerErrors,
    dependencies: () => platform,
    verify: async () => ({ tenant, roles: ['ADMIN'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const headers = { authorization: 'Bearer a.b.c', 'content-type': 'application/json' };
  const request = { routeKey: 'POST /jobs/{id}/runs:batch', headers, params: { id }, body: JSON.stringify({ runs }) };
  return (await invokeHandler(handler, request)).body as BatchBody;
}

const given = async (limits = {}) => {
  const platform = testPlatform(memoryDb(), limits);
  return { platform, job: await givenJob(platform, { schedule: null, overlapPolicy: 'allow' }) };
};

describe('POST /jobs/{id}/runs:batch', () => {
  it('returns each delayed run although its message cannot be sent, so that it is not created again', async () => {
    const { platform, job } = await given();
    const sendTick = () => Promise.reject(new Error('no connection'));
    const outage = { ...platform, queues: { ...platform.queues, sendTick } };

    const body = await post(outage, job, [{ delay_s: 60 }, { delay_s: 60 }]);

    expect(body).toMatchObject({ started: 2, runs: [{ status: 202 }, { status: 202 }] });
  });

  it('starts the runs that start at once after one that exceeds the limit of delayed runs', async () => {
    const { platform, job } = await given({ delayedRuns: 0 });

    const body = await post(platform, job, [{ delay_s: 60 }, {}, { delay_s: 60 }, {}]);

    expect(body.runs.map(({ status }) => status)).toEqual([429, 202, 429, 202]);
  });

  it('decides no further inputs after one that exceeds a limit of all runs', async () => {
    const { platform, job } = await given({ storedBytes: 0 });

    const body = await post(platform, job, [{}, { payload: 'x'.repeat(256 * 1024) }]);

    expect(body.runs.map(({ status }) => status)).toEqual([429, 429]);
  });
});
