import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JobStatus } from '../../../functions/api/flows/job-view.ts';
import type { JobSummaryView, JobView } from '../../../functions/api/pipelines/job-view.ts';
import type { RunStatus } from '../../../functions/api/runner/run-status.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { listJobs } from '../../helpers/clients/flow-jobs.ts';
import { flowsClient } from '../../helpers/clients/flows.ts';
import { type Page, pacedFlow, pipelinesClient } from '../../helpers/clients/pipelines.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { statisticsClient } from '../../helpers/clients/statistics.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

/** All five surfaces agree on the runs of flows. */

vi.setConfig({ testTimeout: 120_000 });

const TENANT = freshTenant();
const PIPELINES = ['good', 'bad', 'endless'];

let system: TestSystem;
let api: ApiClient;

beforeAll(async () => {
  system = await shareTestSystem();
  api = await system.as(TENANT, ['OWNER', 'system_admin']);
});
afterAll(() => system?.stop());

/** Names of run states per surface, by the runner's name. */
const FLOWS: Partial<Record<RunStatus, JobStatus>> = { ok: 'completed', error: 'failed', canceled: 'canceled' };
const PIPELINE_STATES: Partial<Record<RunStatus, JobSummaryView['state']>> = {
  running: 'Running',
  ok: 'Finished',
  error: 'Failed',
  canceled: 'Stopped',
};
const EXECUTIONS: Partial<Record<RunStatus, string>> = {
  running: 'processing',
  ok: 'completed',
  error: 'failed',
  canceled: 'canceled',
};

/**
 * Asserts that all surfaces agree.
 *
 * @returns the number of runs by status
 */
async function agreed(): Promise<Partial<Record<RunStatus, number>>> {
  const { metrics, stats, jobStats } = statisticsClient(api, TENANT);
  const runner = runnerClient(api);
  const runs = (await Promise.all(PIPELINES.map((id) => runner.runs(id)))).flat();
  const count = (status: RunStatus, id?: string) =>
    runs.filter((run) => run.status === status && (id === undefined || run.job_id === id)).length;

  expect(await metrics()).toMatchObject({
    pendingCount: 0,
    processingCount: count('running'),
    failedCount: count('error'),
  });
  expect(await stats()).toMatchObject({
    totalJobs: PIPELINES.length,
    running: count('running'),
    okLastHour: count('ok'),
    errorsLastHour: count('error'),
  });
  for (const id of PIPELINES) {
    const { queue, recentExecutions } = await jobStats(id);
    const expected = { processing: count('running', id), failed: count('error', id), completed: count('ok', id) };
    expect({ id, ...queue }).toEqual({ id, pending: 0, ...expected });
    const mine = runs.filter((run) => run.job_id === id);
    expect(recentExecutions.map((run) => [run.id, run.status, run.itemsProcessed])).toEqual(
      mine.map((run) => [run.run_id, EXECUTIONS[run.status], run.items_processed]),
    );
  }
  const flowJobs = new Map((await listJobs(api, '?type=flow')).map((job) => [job._id, job]));
  const { data } = (await api.get<Page<JobSummaryView>>('/api/v1/jobs?limit=100')).body;
  const pipelineJobs = new Map(data.map((job) => [job.id, job]));
  expect(flowJobs.size).toBe(runs.length);
  expect(pipelineJobs.size).toBe(runs.length);
  for (const run of runs) {
    const flowJob = flowJobs.get(run.run_id);
    expect([run.run_id, flowJob?.status]).toEqual([run.run_id, FLOWS[run.status] ?? run.status]);
    expect([run.run_id, pipelineJobs.get(run.run_id)?.state]).toEqual([run.run_id, PIPELINE_STATES[run.status]]);
    if (run.status === 'running') continue;
    expect(flowJob).toMatchObject({ numSuccess: run.items_processed, endedAt: run.finished_at });
    const { metrics: totals, finish_time } = (await api.get<JobView>(`/api/v1/jobs/${run.run_id}`)).body;
    expect(finish_time).toBe(Date.parse(run.finished_at ?? ''));
    expect(totals).toMatchObject({ records_in: flowJob?.numExport, records_out: run.items_processed });
  }
  const byStatus = Object.groupBy(runs, ({ status }) => status);
  return Object.fromEntries(Object.entries(byStatus).map(([status, of]) => [status, of?.length]));
}

test('counts flow runs of every outcome equally on all five surfaces', async () => {
  const refusing = await startHttpServer((_, response) => response.writeHead(410).end());
  const [flows, pipelines] = [flowsClient(api), pipelinesClient(api)];
  const made = (count: number) => [{ type: 'generate', count, shape: { n: '{{index}}' } }];
  const shop = { integration_id: 'shop' };
  await flows.define(
    'good',
    { sources: made(30), transforms: [{ type: 'filter', where: 'n < 20' }], sinks: [{ type: 'preview' }] },
    shop,
  );
  await flows.define('bad', { sources: made(5), sinks: [{ type: 'http', url: refusing.url }] }, shop);
  await pipelines.define('endless', pacedFlow(100), { overlap_policy: 'allow', ...shop });

  await flows.waitForEnd(await flows.start('good'));
  await flows.waitForEnd(await pipelines.start('good'));
  await flows.waitForEnd(await flows.start('bad'));
  const canceled = await pipelines.start('endless');
  const stopped = await flows.start('endless');
  const isAtWork = ({ metrics }: JobView) => metrics.records_out > 0;
  await pipelines.reaches(canceled, 'Running', isAtWork);
  await pipelines.reaches(stopped, 'Running', isAtWork);
  expect((await api.delete(`/v1/jobs/${canceled}`)).status).toBe(200);
  expect((await api.post(`/api/v1/jobs/${stopped}/stop`, { mode: 'checkpoint' })).status).toBe(200);
  await pipelines.reaches(stopped, 'Stopped');
  const restarted = await api.post<{ new_job_id: string }>(`/api/v1/jobs/${stopped}/restart`, {});
  await pipelines.reaches(restarted.body.new_job_id, 'Running', isAtWork);
  await refusing.close();

  await waitForAssertion(async () => expect(await agreed()).toEqual({ ok: 2, error: 1, canceled: 2, running: 1 }));

  expect((await api.delete(`/v1/jobs/${restarted.body.new_job_id}`)).status).toBe(200);
  await waitForAssertion(async () => expect(await agreed()).toEqual({ ok: 2, error: 1, canceled: 3 }));
});
