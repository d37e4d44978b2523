import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiRequest, ApiRoute } from '../../../../../functions/api/http/route.ts';
import { getJobMetrics } from '../../../../../functions/api/pipelines/job-metrics.ts';
import { createPipelineCache } from '../../../../../functions/api/pipelines/pipeline-cache.ts';
import { getMetrics, type MetricsBounds } from '../../../../../functions/api/pipelines/prometheus.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { savePlan } from '../../../../../functions/core/engine/flow/plan/plan-store.ts';
import type { Objects } from '../../../../../functions/core/platform/objects.ts';
import { createJob } from '../../../../../functions/core/store/jobs.ts';
import { addLatencies, LatencyMeter } from '../../../../../functions/core/store/latencies.ts';
import { putTasks } from '../../../../../functions/core/store/tasks.ts';
import { givenRuns } from '../../../../helpers/builders/counted-runs.ts';
import { aFlowJob, aFlowRun, aTask, counts, iso } from '../../../../helpers/builders/flow-rows.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { START, type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../helpers/fakes/recording-db.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

async function givenPipeline(overrides: Partial<Job> = {}): Promise<Job> {
  const pipeline = aFlowJob({ tenant: newTenant(), ...overrides });
  await createJob(store.db, pipeline);
  return pipeline;
}

/** A run that started `minutes` ago, whose tasks each read one record per second. */
async function atWork(objects: Objects, pipeline: Job, minutes: number, tasks: number): Promise<Run> {
  const startedAt = START - minutes * 60_000;
  const flow = { plan: { attempt: 1, tasks } };
  const run = aFlowRun(pipeline, startedAt, { state: 'running', startedAt: iso(startedAt), flow });
  await givenRuns(testPlatform(store.db), run);
  if (pipeline.target.type === 'flow') {
    const { retry, timeoutMs, target } = pipeline;
    await savePlan(objects, run, 1, { flow: target.flow, splits: [], unbounded: [], retry, timeoutMs });
  }
  const read = counts({ in: minutes * 60, out: minutes * 60 });
  for (let index = 0; index < tasks; index++) {
    await putTasks(store.db, [aTask(run, startedAt, { index, operators: [read, read] })], 1);
    const meter = new LatencyMeter();
    for (let i = 0; i < minutes; i++) meter.record(1, 10 * (i + 1), 60);
    await addLatencies(store.db, run, index, meter, startedAt);
  }
  return run;
}

/** Returns the metrics of the pipeline's tenant. */
async function scraped(
  platform: TestPlatform,
  pipeline: Job,
  options: {
    readonly metricsBounds?: MetricsBounds;
    readonly pipelineCache?: ReturnType<typeof createPipelineCache>;
  } = {},
): Promise<string> {
  const dependencies = { ...platform, pipelineCache: createPipelineCache(platform.now), ...options };
  const { body } = await ask(getMetrics, dependencies, pipeline);
  if (typeof body !== 'string') throw new Error('the metrics are no text');
  return body;
}

/** Calls an operation as a member of the tenant. */
function ask<Dependencies>(
  { handle }: ApiRoute<Dependencies>,
  dependencies: Dependencies,
  { tenant }: Job,
  params: ApiRequest['params'] = {},
) {
  const caller = { tenant, roles: ['MEMBER'], name: 'ana@acme.test' } as const;
  const request = {
    caller,
    params,
    query: {},
    body: {},
    headers: {},
    remainingMs: () => 29_000,
    mayWait: async () => true,
    countRequest: async () => {},
  };
  return handle(request, dependencies);
}

describe('getJobMetrics', () => {
  test('makes the same number of reads for any duration and parallelism', async () => {
    const { db, requests } = recordCommands(store.db);
    const platform = { ...testPlatform(store.db), db };
    const pipeline = await givenPipeline();
    const requestsFor = async (minutes: number, tasks: number) => {
      const run = await atWork(platform.objects, pipeline, minutes, tasks);
      requests.length = 0;
      const { body } = await ask(getJobMetrics, platform, pipeline, { job_id: publicRunId(run) });
      expect(body).toMatchObject({ records_in: minutes * 60 * tasks, latency_p50: expect.any(Number) });
      return [...requests].sort();
    };

    const short = await requestsFor(1, 1);

    expect(short).toEqual(['BatchGetItem', 'GetItem', 'Query', 'Query']);
    expect(await requestsFor(600, 64)).toEqual(short);
  });
});

describe('getMetrics', () => {
  const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(`${name}{`));

  test('counts the jobs of each pipeline by state and reports each active job', async () => {
    const platform = testPlatform(store.db);
    const pipeline = await givenPipeline();
    await givenPipeline({ tenant: pipeline.tenant, id: 'idle' });
    const run = await atWork(platform.objects, pipeline, 1, 2);
    await givenRuns(platform, aFlowRun(pipeline, START));

    const text = await scraped(platform, pipeline);

    expect(linesOf(text, 'jobdeck_pipeline_jobs')).toEqual([
      'jobdeck_pipeline_jobs{pipeline_id="flow123",state="Created"} 1',
      'jobdeck_pipeline_jobs{pipeline_id="flow123",state="Running"} 1',
      'jobdeck_pipeline_jobs{pipeline_id="flow123",state="Stopping"} 0',
      'jobdeck_pipeline_jobs{pipeline_id="idle",state="Created"} 0',
      'jobdeck_pipeline_jobs{pipeline_id="idle",state="Running"} 0',
      'jobdeck_pipeline_jobs{pipeline_id="idle",state="Stopping"} 0',
    ]);
    expect(linesOf(text, 'jobdeck_job_records_in_total')).toEqual([
      `jobdeck_job_records_in_total{pipeline_id="flow123",job_id="${publicRunId(run)}"} 120`,
    ]);
  });

  test('reports the number of omitted pipelines and jobs', async () => {
    const platform = testPlatform(store.db);
    const pipeline = await givenPipeline();
    await givenPipeline({ tenant: pipeline.tenant, id: 'other' });
    const oldest = await atWork(platform.objects, pipeline, 3, 1);
    await atWork(platform.objects, pipeline, 2, 1);
    await atWork(platform.objects, pipeline, 1, 1);

    const text = await scraped(platform, pipeline, { metricsBounds: { jobs: 1, pipelines: 1 } });

    expect(linesOf(text, 'jobdeck_metrics_omitted')).toEqual([
      'jobdeck_metrics_omitted{what="pipelines"} 1',
      'jobdeck_metrics_omitted{what="jobs"} 2',
    ]);
    expect(linesOf(text, 'jobdeck_job_tasks')).toEqual([
      `jobdeck_job_tasks{pipeline_id="flow123",job_id="${publicRunId(oldest)}"} 1`,
    ]);
    expect(text).not.toContain('"other"');
  });

  test('reports a new pipeline within a minute without reading all pipelines each time', async () => {
    const { db, requests } = recordCommands(store.db);
    const platform = { ...testPlatform(store.db), db };
    const pipeline = await givenPipeline();
    const pipelineCache = createPipelineCache(platform.now);
    const scrape = async () => {
      requests.length = 0;
      return {
        text: await scraped(platform, pipeline, { pipelineCache }),
        queries: requests.filter((one) => one === 'Query'),
      };
    };
    const first = await scrape();
    await givenPipeline({ tenant: pipeline.tenant, id: 'new' });

    const second = await scrape();
    platform.advance(60_000);
    const third = await scrape();

    expect(second.text).not.toContain('"new"');
    expect(second.queries.length).toBe(first.queries.length - 1);
    expect(third.text).toContain('"new"');
  });
});
