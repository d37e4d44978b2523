import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobMetricsView } from '../../../functions/api/pipelines/job-metrics.ts';
import type { JobSummaryView, JobView } from '../../../functions/api/pipelines/job-view.ts';
import type { MetricGroupsView } from '../../../functions/api/pipelines/metric-groups.ts';
import type { OperatorMetricsView } from '../../../functions/api/pipelines/operator-metrics.ts';
import { NO_RECORDS, type OperatorCounts } from '../../../functions/core/domain/flow/counts.ts';
import type { Flow } from '../../../functions/core/domain/flow/flow.ts';
import type { Plan } from '../../../functions/core/domain/flow/plan.ts';
import type { Run } from '../../../functions/core/domain/run.ts';
import { publicRunId } from '../../../functions/core/domain/run-id.ts';
import { savePlan } from '../../../functions/core/engine/flow/plan/plan-store.ts';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { addLatencies, LatencyMeter } from '../../../functions/core/store/latencies.ts';
import { putRun } from '../../../functions/core/store/runs.ts';
import { putTasks } from '../../../functions/core/store/tasks.ts';
import { aFlowJob, aFlowRun, aTask, counts, iso } from '../../helpers/builders/flow-rows.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { parsePrometheus } from '../../helpers/oracles/prometheus.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { systemObjects } from '../../helpers/system/system-objects.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;
let db: Db;
let objects: Objects;
const closing: (() => void)[] = [];
beforeAll(async () => {
  system = await shareTestSystem();
  const [store, files] = [systemDb(system), systemObjects(system)];
  ({ db } = store);
  ({ objects } = files);
  closing.push(store.close, files.close);
});
afterAll(async () => {
  for (const close of closing) close();
  await system?.stop();
});

interface ListBody {
  readonly data: readonly JobSummaryView[];
  readonly has_more: boolean;
}
interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

const notFound = { status: 404, body: { error: { code: 'job.not_found', message: 'Job not found' } } };
const urlOf = (id: string, rest = '') => `/api/v1/jobs/${id}${rest}`;

/** The flow of the examples: `source_1`, `filter_1`, `map_1`, `sink_1`, and a second source. */
const flow: Flow = {
  pageSize: 100,
  parallelism: 4,
  onError: 'continue',
  checkpoints: { everySeconds: 60, keep: 5 },
  sources: [
    { id: 'source_1', name: 'KafkaSource', type: 'inline', records: [1] },
    { id: 'source_2', name: 'Rest', type: 'inline', records: [1] },
  ],
  transforms: [
    { id: 'filter_1', name: 'Paid', type: 'filter', where: 'paid' },
    { id: 'map_1', name: 'Slim', type: 'map', to: '$' },
  ],
  sinks: [{ id: 'sink_1', name: 'Files', type: 's3', key: 'out/{page}', format: 'ndjson' }],
};

/** Operator counts of each of the example's four tasks. */
const QUARTER: readonly Partial<OperatorCounts>[] = [
  { in: 250_000, out: 250_000, bytesIn: 26_214_400, bytesOut: 26_214_400 },
  {},
  { in: 250_000, out: 237_500, ignored: 12_500 },
  { in: 237_500, out: 237_500 },
  { in: 237_500, out: 237_500, bytesOut: 24_903_680 },
];

/** Creates the running job of the contract's examples in a new tenant. */
async function givenExample() {
  const tenant = freshTenant();
  const pipeline = aFlowJob({ tenant: tenantId(tenant), id: 'pipe_1234567890', target: { type: 'flow', flow } });
  await createJob(db, pipeline);
  const startedAt = system.clock.now() - 3_600_000;
  const run = aFlowRun(pipeline, startedAt - 500, {
    state: 'running',
    number: 3,
    attempt: 1,
    startedAt: iso(startedAt),
    flow: { plan: { attempt: 1, tasks: 4 } },
  });
  await putRun(db, run);
  await savePlan(objects, run, 1, planOf(flow));
  await putTasks(db, tasksOf(run, startedAt), 1);
  const meter = new LatencyMeter();
  meter.record(4, 45, 90);
  meter.record(4, 120, 8);
  meter.record(4, 250, 2);
  await addLatencies(db, run, 0, meter, startedAt);
  return { api: await system.as(tenant, ['MEMBER']), id: publicRunId(run), run, startedAt };
}

function planOf(planned: Flow): Plan {
  const retry = { attempts: 20, backoff: 'exponential', delaySeconds: 1, maxDelaySeconds: 300 } as const;
  const splits = Array.from({ length: 4 }, () => ({ source: 0, data: null }));
  return { flow: planned, splits, unbounded: [], retry, timeoutMs: null };
}

/** Returns four tasks that read 10,000 and wrote 9,500 records per second during the last minute. */
function tasksOf(run: Run, startedAt: number) {
  const now = system.clock.now();
  const steps = Array.from({ length: 7 }, (_, i) => Math.floor(now / 10_000) * 10 - i * 10);
  return Array.from({ length: 4 }, (_, index) =>
    aTask(run, startedAt, {
      index,
      splits: [index],
      operators: QUARTER.map((one, operator) => counts({ ...one, warnings: operator === 4 && index === 0 ? 5 : 0 })),
      records: { ...NO_RECORDS, exported: 250_000, success: 237_500, ignored: 12_500 },
      rates: steps.map((from) => ({ from, in: 25_000, out: 23_750 })),
      busyMs: 1_000_000,
      blockedMs: 150_000,
      idleMs: 52_000,
      lease: { token: `token-${index}`, until: iso(now + 600_000) },
    }),
  );
}

describe('the contract’s examples', () => {
  test('include the job object with its configuration', async () => {
    const { api, id, startedAt } = await givenExample();

    const { status, body } = await api.get<JobView>(urlOf(id));

    expect(status).toBe(200);
    expect(body).toEqual({
      id,
      pipeline_id: 'pipe_1234567890',
      running_desired: true,
      state: 'Running',
      run_id: 3,
      start_time: startedAt,
      finish_time: null,
      tasks: 4,
      failure_message: null,
      created_at: startedAt - 500,
      restarted_from: null,
      checkpoint_id: null,
      metrics: {
        records_in: 1_000_000,
        records_out: 950_000,
        bytes_in: 104_857_600,
        bytes_out: 99_614_720,
        errors: 0,
        warnings: 5,
      },
      parallelism: 4,
      configuration: flow,
    });
    expect(id).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  test('include the list of jobs', async () => {
    const { api, id, startedAt } = await givenExample();

    const { status, body } = await api.get<ListBody>('/api/v1/jobs');

    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        {
          id,
          pipeline_id: 'pipe_1234567890',
          running_desired: true,
          state: 'Running',
          run_id: 3,
          start_time: startedAt,
          finish_time: null,
          tasks: 4,
          failure_message: null,
          created_at: startedAt - 500,
          restarted_from: null,
          checkpoint_id: null,
        },
      ],
      has_more: false,
    });
    expect((await api.get<ListBody>('/api/v1/jobs?running=true')).body).toEqual(body);
    expect((await api.get<ListBody>('/api/v1/jobs?pipeline_id=pipe_1234567890')).body).toEqual(body);
    expect((await api.get<ListBody>('/api/v1/jobs?state=Failed')).body).toEqual({ data: [], has_more: false });
  });

  test('include the metrics of a job', async () => {
    const { api, id } = await givenExample();

    const { status, body } = await api.get<JobMetricsView>(urlOf(id, '/metrics'));

    expect(status).toBe(200);
    const measured = { latency_p50: near(45, 0.02), latency_p95: near(120, 0.02), latency_p99: near(250, 0.02) };
    const none = { latency_p50: null, latency_p95: null, latency_p99: null };
    const operator = (operator_id: string, operator_name: string, records_in: number, records_out: number) => ({
      operator_id,
      operator_name,
      records_in,
      records_out,
      errors: 0,
      warnings: 0,
      backpressure: 0.15,
      ...none,
    });
    expect(body).toEqual({
      records_in: 1_000_000,
      records_out: 950_000,
      bytes_in: 104_857_600,
      bytes_out: 99_614_720,
      errors: 0,
      warnings: 5,
      ...measured,
      throughput: near(10_000, 0.2),
      backpressure: 0.15,
      operators: [
        operator('source_1', 'KafkaSource', 1_000_000, 1_000_000),
        { ...operator('source_2', 'Rest', 0, 0), backpressure: null },
        operator('filter_1', 'Paid', 1_000_000, 950_000),
        operator('map_1', 'Slim', 950_000, 950_000),
        { ...operator('sink_1', 'Files', 950_000, 950_000), warnings: 5, backpressure: 0, ...measured },
      ],
    });
  });

  test('include the metrics of an operator', async () => {
    const { api, id } = await givenExample();

    const { status, body } = await api.get<OperatorMetricsView>(urlOf(id, '/operators/source_1/metrics'));

    expect(status).toBe(200);
    const quarter = {
      records_in: 250_000,
      records_out: 250_000,
      bytes_in: 26_214_400,
      bytes_out: 26_214_400,
      errors: 0,
      warnings: 0,
    };
    expect(body).toEqual({
      operator_id: 'source_1',
      operator_name: 'KafkaSource',
      subtasks: 4,
      metrics: {
        records_in: 1_000_000,
        records_out: 1_000_000,
        bytes_in: 104_857_600,
        bytes_out: 104_857_600,
        errors: 0,
        warnings: 0,
        backpressure: 0.15,
        idle_time_percent: 5.2,
        latency_p50: null,
        latency_p95: null,
        latency_p99: null,
      },
      subtask_metrics: [0, 1, 2, 3].map((subtask_index) => ({ subtask_index, ...quarter })),
    });
    const unread = await api.get<OperatorMetricsView>(urlOf(id, '/operators/source_2/metrics'));
    expect(unread.body).toMatchObject({ subtasks: 0, subtask_metrics: [], metrics: { records_in: 0 } });
    expect(await api.get<ErrorBody>(urlOf(id, '/operators/sink_2/metrics'))).toMatchObject({
      status: 404,
      body: {
        error: {
          code: 'operator.not_found',
          message: 'The job has no such operator; it has source_1, source_2, filter_1, map_1, sink_1',
        },
      },
    });
  });

  test('include metric groups', async () => {
    const { api, id } = await givenExample();

    const { status, body } = await api.get<MetricGroupsView>(urlOf(id, '/metric-groups'));

    expect(status).toBe(200);
    expect(body).toEqual({
      sources: { total_records: 1_000_000, throughput: near(10_000, 0.2), operators: ['source_1', 'source_2'] },
      sinks: { total_records: 950_000, throughput: near(9_500, 0.2), operators: ['sink_1'] },
      transforms: { total_records: 950_000, operators: ['filter_1', 'map_1'] },
    });
  });

  /** Matches a number within a relative deviation of `value`. */
  function near(value: number, share: number) {
    const within = {
      asymmetricMatch: (is: unknown) => typeof is === 'number' && Math.abs(is - value) <= value * share,
    };
    return within as unknown as number;
  }
});

/** Passes every second of 400 records, in pages of 50, in two tasks. */
const halved = {
  id: 'halved',
  name: 'Halved',
  flow: {
    pageSize: 50,
    parallelism: 2,
    sources: [{ id: 'source_1', type: 'generate', count: 400, shape: { index: '{{index}}' } }],
    transforms: [{ id: 'filter_1', type: 'filter', where: 'index % 2 = 0' }],
    sinks: [{ id: 'sink_1', type: 's3', key: 'halved/{page}.ndjson' }],
  },
};
/** Reads 20 records per second until it is stopped. */
const endless = {
  id: 'endless',
  name: 'Endless',
  flow: {
    pageSize: 5,
    sources: [{ id: 'source_1', type: 'generate', count: 1_000_000, rate: 20 }],
    sinks: [{ id: 'sink_1', type: 'preview' }],
  },
};

/**
 * Creates a tenant with a run of each flow.
 *
 * @returns the run ids by flow id
 */
async function running(...flows: readonly { readonly id: string }[]) {
  const tenant = freshTenant();
  const api = await system.as(tenant);
  const ids = new Map<string, string>();
  for (const one of flows) {
    await api.post('/v1/flows', one);
    const { body } = await api.post<{ readonly _id: string }>(`/v1/flows/${one.id}/run`);
    ids.set(one.id, body._id);
  }
  const reach = (id: string, state: string) =>
    waitUntil(
      async () => {
        const { body } = await api.get<JobView>(urlOf(id));
        return body.state === state && body;
      },
      { what: `${id} is ${state}` },
    );
  return { api, tenant, idOf: (flowId: string) => ids.get(flowId) ?? '', reach };
}

describe('a job after its run', () => {
  test('looks the same on every surface and on every page of this one', async () => {
    const { api, idOf, reach } = await running(halved);
    const id = idOf('halved');

    const job = await reach(id, 'Finished');

    expect(job).toMatchObject({ id, pipeline_id: 'halved', running_desired: false, run_id: 1, tasks: 2 });
    expect(job.metrics).toMatchObject({ records_in: 400, records_out: 200, errors: 0, warnings: 0 });
    expect(job.metrics.bytes_out).toBeGreaterThan(200 * '{"index":0}'.length - 1);
    const [created, started, ended] = [job.created_at, job.start_time ?? 0, job.finish_time ?? 0];
    expect([created, started, ended]).toEqual([created, started, ended].sort((a, b) => a - b));

    const { body: metrics } = await api.get<JobMetricsView>(urlOf(id, '/metrics'));
    const { metrics: totals, ...summary } = job;
    expect(metrics).toMatchObject({ ...totals, latency_p50: expect.any(Number), backpressure: expect.any(Number) });
    expect(metrics.operators.map((one) => [one.operator_id, one.records_in, one.records_out])).toEqual([
      ['source_1', 400, 400],
      ['filter_1', 400, 200],
      ['sink_1', 200, 200],
    ]);
    const { body: sink } = await api.get<OperatorMetricsView>(urlOf(id, '/operators/sink_1/metrics'));
    expect(sink.subtasks).toBe(2);
    expect(sink.subtask_metrics.reduce((sum, one) => sum + one.records_out, 0)).toBe(200);
    expect((await api.get<MetricGroupsView>(urlOf(id, '/metric-groups'))).body).toMatchObject({
      sources: { total_records: 400 },
      sinks: { total_records: 200 },
      transforms: { total_records: 200 },
    });
    expect((await api.get(`/v1/jobs/${id}`)).body).toMatchObject({
      status: 'completed',
      numExport: totals.records_in,
      numSuccess: totals.records_out,
      numIgnore: 200,
      startedAt: iso(started),
      endedAt: iso(ended),
    });
    const { configuration, parallelism, ...listed } = summary;
    expect(configuration.sources).toMatchObject(halved.flow.sources);
    expect(parallelism).toBe(2);
    await waitUntil(async () => {
      const { body } = await api.get<ListBody>('/api/v1/jobs?state=Finished');
      expect(body).toEqual({ data: [listed], has_more: false });
      return true;
    });
  });

  test('keeps the configuration that it started with', async () => {
    const { api, idOf, reach } = await running(halved);
    const before = await reach(idOf('halved'), 'Finished');

    await api.patch('/v1/flows/halved', { flow: { ...halved.flow, parallelism: 7 } });

    expect((await api.get<JobView>(urlOf(idOf('halved')))).body).toEqual(before);
  });

  test('has rising counts, throughput and latency while it runs', async () => {
    const { api, idOf, reach } = await running(endless);
    const id = idOf('endless');
    const job = await reach(id, 'Running');

    expect(job).toMatchObject({ running_desired: true, finish_time: null, failure_message: null });
    const metrics = await waitUntil(async () => {
      const { body } = await api.get<JobMetricsView>(urlOf(id, '/metrics'));
      return body.records_out >= 10 && body;
    });
    expect(metrics.throughput).toBeGreaterThan(0);
    await api.delete(`/v1/jobs/${id}`);
    const stopped = await reach(id, 'Stopped');
    expect(stopped).toMatchObject({ running_desired: false, failure_message: null });
    expect(stopped.finish_time).toBeGreaterThan(stopped.start_time ?? 0);
    expect(stopped.metrics.records_out).toBeGreaterThanOrEqual(10);
  });

  test('states the reason of its failure', async () => {
    const bad = {
      ...halved,
      flow: { ...halved.flow, onError: 'stop', transforms: [{ type: 'map', to: '$error("no")' }] },
    };
    const { idOf, reach } = await running(bad);

    const job = await reach(idOf('halved'), 'Failed');

    expect(job.failure_message).toMatch(/map_1.*no/);
    expect(job).toMatchObject({ running_desired: false });
  });
});

describe('GET /api/v1/metrics', () => {
  test('returns Prometheus text of the tenant’s own jobs', async () => {
    const { api, idOf, reach } = await running(halved, endless);
    const other = await running(halved);
    const id = idOf('endless');
    await reach(idOf('halved'), 'Finished');
    await reach(id, 'Running');

    const text = await waitUntil(async () => {
      const { status, headers, body } = await api.get<string>('/api/v1/metrics');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(body).toContain('jobdeck_pipeline_jobs_ended_total{pipeline_id="halved",state="Finished"} 1\n');
      expect(body).toContain('jobdeck_pipeline_jobs{pipeline_id="endless",state="Running"} 1\n');
      expect(body).toMatch(/^jobdeck_job_records_out_total\{[^}]*\} [1-9]/m);
      return body;
    });

    const jobIds = new Set([...text.matchAll(/job_id="([^"]+)"/g)].map(([, jobId]) => jobId));
    expect([...jobIds]).toEqual([id]);
    expect(text).not.toContain(other.idOf('halved'));
    expect(text).toContain('jobdeck_metrics_omitted{what="jobs"} 0\n');
    expect(parsePrometheus(text).filter(({ name }) => !name.startsWith('jobdeck_'))).toEqual([]);
  });
});

describe('an unknown job', () => {
  const paths = ['', '/metrics', '/operators/source_1/metrics', '/metric-groups'];

  test.each(paths)(
    'returns the same 404 on GET /api/v1/jobs/{job_id}%s for another tenant’s, a script’s and an unknown job',
    async (path) => {
      const { id } = await givenExample();
      const otherTenant = await system.as(freshTenant(), ['OWNER', 'ADMIN', 'super_admin']);
      await otherTenant.post('/jobs', { id: 'mail', name: 'Mail', script: 'echo' });
      const { body } = await otherTenant.post<{ result: { run_id: string } }>('/jobs/mail/run');

      for (const one of [id, body.result.run_id, 'job_9876543210', `${id}.E.source_1`]) {
        expect(await otherTenant.get(urlOf(one, path))).toMatchObject(notFound);
      }
    },
  );

  test('includes expired jobs', async () => {
    const { api, run } = await givenExample();
    const past = {
      ...run,
      ulid: `${run.ulid.slice(0, -1)}Z`,
      state: 'completed',
      purgeAt: iso(system.clock.now()),
    } as const;
    await putRun(db, past);

    expect(await api.get(urlOf(publicRunId(past)))).toMatchObject(notFound);
  });
});

test('refuses an invalid query in the surface’s format', async () => {
  const api: ApiClient = await system.as(freshTenant());
  const states =
    'Created or Scheduling or Rescaling or Running or Recovering or Stopping or Stopped or Failed or Finished';

  expect(await api.get('/api/v1/jobs?state=Started')).toMatchObject({
    status: 400,
    body: { error: { code: 'input.invalid', message: `state: must be ${states}, got "Started"` } },
  });
  expect(await system.anonymous().get('/api/v1/jobs')).toMatchObject({
    status: 401,
    body: { error: { code: expect.any(String), message: expect.any(String) } },
  });
});
