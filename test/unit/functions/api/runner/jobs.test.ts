import { describe, expect, it } from 'vitest';
import { flowsErrors } from '../../../../../functions/api/flows/errors.ts';
import { flowRoutes } from '../../../../../functions/api/flows/flows.ts';
import type { JobView } from '../../../../../functions/api/flows/job-view.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import type { ListedJobView } from '../../../../../functions/api/runner/job-view.ts';
import { listJobs } from '../../../../../functions/api/runner/jobs.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { claimQueuedRun } from '../../../../../functions/core/engine/execute/claim-run.ts';
import { processRunMessage } from '../../../../../functions/core/engine/execute/process-run-message.ts';
import { triggerJob } from '../../../../../functions/core/engine/start/trigger-job.ts';
import { givenFlow } from '../../../../helpers/builders/flows.ts';
import { givenJob } from '../../../../helpers/builders/jobs.ts';
import { anOutcome } from '../../../../helpers/builders/outcomes.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { Crash } from '../../../../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../../../../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform, withDb } from '../../../../helpers/fakes/platform.ts';
import { refusingDb } from '../../../../helpers/fakes/refusing-db.ts';

/** The newest run of a job, as `GET /jobs` and `GET /v1/flows/{id}/jobs/latest` show it. */
const db = memoryDb();

const surfaces = {
  runner: { routes: [listJobs], errors: runnerErrors },
  flows: { routes: flowRoutes, errors: flowsErrors },
};

async function get<Body>(
  platform: TestPlatform,
  { tenant, id }: Job,
  surface: keyof typeof surfaces,
  routeKey: string,
) {
  const handler = createSurfaceHandler({
    ...surfaces[surface],
    dependencies: () => platform,
    verify: async () => ({ tenant, roles: ['MEMBER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const headers = { authorization: 'Bearer a.b.c' };
  return (await invokeHandler(handler, { routeKey, headers, params: { id } })).body as Body;
}

async function lastRunOf(platform: TestPlatform, job: Job) {
  const { jobs } = await get<{ readonly jobs: readonly ListedJobView[] }>(platform, job, 'runner', 'GET /jobs');
  return { last_status: jobs[0]?.last_status, last_run: jobs[0]?.last_run };
}

/** Triggers a job whose starter crashes before it writes the row of the run. */
async function crashAtStart(platform: TestPlatform, job: Job): Promise<void> {
  const dying = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, async () => {
    throw new Crash();
  });
  await expect(triggerJob(dying, job)).rejects.toThrow(Crash);
}

describe('GET /jobs', () => {
  it('shows the run whose end the state of its job does not contain yet', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    await processRunMessage(platform, async () => anOutcome(), await triggerJob(platform, job));

    expect(await lastRunOf(platform, job)).toEqual({
      last_status: 'ok',
      last_run: new Date(platform.now()).toISOString(),
    });
  });

  it('shows the run that holds the lock if the run created last has no row', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'queue' });
    await claimQueuedRun(platform, await triggerJob(platform, job));
    await crashAtStart(platform, job);

    expect(await lastRunOf(platform, job)).toMatchObject({ last_status: 'running' });
  });

  it('reads at most two runs of a job, whatever its history', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'queue' });
    for (let i = 0; i < 5; i++) {
      await processRunMessage(platform, async () => anOutcome(), await triggerJob(platform, job));
    }
    await triggerJob(platform, job);
    await triggerJob(platform, job);
    const rows: unknown[] = [];
    const counting = refusingDb(db, ({ command, input }) => {
      if (command === 'BatchGetItem') rows.push(...(input.match(/R#[0-9A-Z]{26}/g) ?? []));
      return false;
    });

    await lastRunOf(withDb(platform, counting), job);

    expect(rows).toHaveLength(2);
  });
});

describe('GET /v1/flows/{id}/jobs/latest', () => {
  it('shows the job that holds the lock if the job created last has no row', async () => {
    const platform = testPlatform(db);
    const flow = await givenFlow(platform, {}, { overlapPolicy: 'queue' });
    const run = await triggerJob(platform, flow);
    await crashAtStart(platform, flow);

    const jobs = await get<readonly JobView[]>(platform, flow, 'flows', 'GET /v1/flows/{id}/jobs/latest');

    expect(jobs.map(({ _id }) => _id)).toEqual([publicRunId(run)]);
  });
});
