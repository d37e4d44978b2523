import { describe, expect, it } from 'vitest';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { redrive } from '../../../../../functions/api/runner/redrive.ts';
import { tooManyRequestsError } from '../../../../../functions/core/domain/limits.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { putRun } from '../../../../../functions/core/store/runs.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { givenJob } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';

interface RedriveBody {
  readonly started: readonly unknown[];
  readonly left: number;
}

/** Redrives three failed runs of a tenant that may make `rate` requests. */
async function redriveThree(rate: number, body: object): Promise<RedriveBody> {
  const platform = testPlatform(memoryDb());
  const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
  const runs = [1, 2, 3].map((n) => endedRun(job, n, { state: 'failed', failure: { kind: 'error', message: 'no' } }));
  for (const run of runs) await putRun(platform.db, run);
  let left = rate;
  const handler = createSurfaceHandler({
    routes: [redrive],
    errors: runnerErrors,
    dependencies: () => platform,
    verify: async () => ({ tenant: job.tenant, roles: ['ADMIN'], name: 'ana@acme.test' }),
    log: platform.log,
    limit: async () => {
      if (left-- <= 0) throw tooManyRequestsError({ requestsPerSecond: 1, requestBurst: 1 }, 1);
    },
  });
  const headers = { authorization: 'Bearer a.b.c', 'content-type': 'application/json' };
  const request = {
    routeKey: 'POST /redrive',
    headers,
    body: JSON.stringify({ run_ids: runs.map(publicRunId), ...body }),
  };
  return (await invokeHandler(handler, request)).body as RedriveBody;
}

describe('POST /redrive', () => {
  it('counts each run with a new input as a request, and leaves those above the rate', async () => {
    const body = await redriveThree(2, { input: { payload: 1 } });

    expect([body.started.length, body.left]).toEqual([2, 1]);
  });

  it('counts as one request without a new input', async () => {
    const body = await redriveThree(1, {});

    expect([body.started.length, body.left]).toEqual([3, 0]);
  });
});
