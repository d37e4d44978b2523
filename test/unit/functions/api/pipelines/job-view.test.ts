import { describe, expect, test } from 'vitest';
import { publicCheckpointId } from '../../../../../functions/api/pipelines/checkpoint-id.ts';
import type { PipelineJob } from '../../../../../functions/api/pipelines/find-job.ts';
import { toJobMetrics } from '../../../../../functions/api/pipelines/job-metrics.ts';
import { toJobSummary, toJobView } from '../../../../../functions/api/pipelines/job-view.ts';
import { toMetricGroups } from '../../../../../functions/api/pipelines/metric-groups.ts';
import { requireOperator, toOperatorMetrics } from '../../../../../functions/api/pipelines/operator-metrics.ts';
import {
  jobFamilies,
  omittedFamily,
  pipelineFamilies,
} from '../../../../../functions/api/pipelines/prometheus-families.ts';
import { prometheusText } from '../../../../../functions/api/pipelines/prometheus-text.ts';
import { NO_RECORDS, type OperatorCounts } from '../../../../../functions/core/domain/flow/counts.ts';
import { CHECKPOINT_POLICY, type Flow } from '../../../../../functions/core/domain/flow/flow.ts';
import type { Task } from '../../../../../functions/core/domain/flow/task.ts';
import { publicRunId } from '../../../../../functions/core/domain/run-id.ts';
import { bucketOf, mergeSketches } from '../../../../../functions/core/domain/sketch.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { aFlowJob, aFlowRun, aTask, counts, iso } from '../../../../helpers/builders/flow-rows.ts';
import { START } from '../../../../helpers/fakes/platform.ts';
import { parsePrometheus } from '../../../../helpers/oracles/prometheus.ts';

const pipeline = aFlowJob({ tenant: acme, id: 'pipe' });

/** Two sources, a filter, a map, and two sinks. */
const flow: Flow = {
  pageSize: 100,
  parallelism: 4,
  onError: 'continue',
  checkpoints: CHECKPOINT_POLICY,
  sources: [
    { id: 'source_1', name: 'Orders', type: 'inline', records: [] },
    { id: 'source_2', name: 'More', type: 'inline', records: [] },
  ],
  transforms: [
    { id: 'filter_1', name: 'Paid', type: 'filter', where: 'paid' },
    { id: 'map_1', name: 'Slim', type: 'map', to: 'id' },
  ],
  sinks: [
    { id: 'sink_1', name: 'Files', type: 's3', key: 'out/{page}', format: 'ndjson' },
    { id: 'sink_2', name: 'Look', type: 'preview' },
  ],
};
const COUNTS: readonly Partial<OperatorCounts>[] = [
  { in: 100, out: 98, errors: 2, bytesIn: 1_000, bytesOut: 1_000, warnings: 1 },
  { in: 50, out: 50, bytesIn: 500, bytesOut: 500 },
  { in: 148, out: 140, ignored: 8 },
  { in: 140, out: 139, errors: 1, warnings: 1 },
  { in: 139, out: 136, errors: 3, bytesOut: 700, warnings: 3 },
  { in: 139, out: 139, bytesOut: 900 },
];
const operators = COUNTS.map(counts);
const records = { ...NO_RECORDS, exported: 150, success: 136, error: 6, ignored: 8 };
const NOW = START + 60_000;

/** A job with two tasks: the first reads both sources and did all work, the second reads the second source. */
function aPipelineJob(first: Partial<Task> = {}): PipelineJob {
  const run = aFlowRun(pipeline, START, {
    state: 'running',
    startedAt: iso(START),
    flow: { plan: { attempt: 1, tasks: 2 } },
  });
  const plan = {
    flow,
    splits: [
      { source: 0, data: null },
      { source: 1, data: null },
      { source: 1, data: null },
    ],
    unbounded: [],
    retry: pipeline.retry,
    timeoutMs: null,
  };
  const tasks = [
    aTask(run, START, { splits: [0, 1], operators, records, ...first }),
    aTask(run, START, { index: 1, splits: [2], operators: operators.map(() => counts({})) }),
  ];
  return { run, flow, plan, tasks };
}

const noneYet = { latency_p50: null, latency_p95: null, latency_p99: null };

describe('toJobView', () => {
  test('sums the counts of all operators', () => {
    const job = aPipelineJob();

    expect(toJobView(job, NOW)).toMatchObject({
      state: 'Running',
      tasks: 2,
      parallelism: 4,
      configuration: flow,
      metrics: { records_in: 150, records_out: 275, bytes_in: 1_500, bytes_out: 1_600, errors: 6, warnings: 5 },
    });
  });

  test('names the job and the checkpoint that a restarted job continues', () => {
    const former = aFlowRun(pipeline, START);
    const restart = { from: former.ulid, epoch: 7, parallelism: 2, rescaled: true };
    const run = aFlowRun(pipeline, START, { flow: { restart } });
    const fromBeginning = aFlowRun(pipeline, START, { flow: { restart: { ...restart, epoch: null } } });

    expect(toJobSummary(run, 'Created')).toMatchObject({
      restarted_from: publicRunId(former),
      checkpoint_id: publicCheckpointId(former, 7),
    });
    expect(toJobSummary(fromBeginning, 'Created')).toMatchObject({ checkpoint_id: null });
    expect(toJobSummary(former, 'Created')).toMatchObject({ restarted_from: null, checkpoint_id: null });
  });

  test('returns a failure message only for a failed job', () => {
    const failure = { kind: 'error', message: 'no answer' } as const;
    const of = (state: 'failed' | 'queued' | 'stopping') =>
      toJobSummary(aFlowRun(pipeline, START, { state, failure }), 'Failed').failure_message;

    expect(of('failed')).toBe('no answer');
    expect(of('queued')).toBeNull();
    expect(of('stopping')).toBeNull();
  });
});

describe('job metrics', () => {
  const sketch = (...values: readonly number[]) => mergeSketches(values.map((value) => ({ [bucketOf(value)]: 1 })));

  test('merge the latencies of sinks only', () => {
    const latencies = new Map([
      [0, { 0: 1_000 }],
      [3, sketch(5_000)],
      [4, sketch(...Array.from({ length: 90 }, () => 10))],
      [5, sketch(...Array.from({ length: 10 }, () => 1_000))],
    ]);

    const metrics = toJobMetrics(aPipelineJob(), latencies, NOW);

    const within = (ms: number, value: number | null) => expect(Math.abs((value ?? -1) - ms)).toBeLessThan(ms * 0.06);
    within(10, metrics.latency_p50);
    within(1_000, metrics.latency_p95);
    within(1_000, metrics.latency_p99);
    within(5_000, metrics.operators[3]?.latency_p50 ?? null);
    expect(metrics.operators[0]).toMatchObject({ latency_p50: 0, latency_p99: 0 });
    expect(metrics.operators[1]).toMatchObject(noneYet);
  });

  test('start at 0, or null where nothing was measured', () => {
    const { run } = aPipelineJob();
    const job = { run, flow, plan: null, tasks: [] };

    expect(toJobMetrics(job, new Map(), NOW)).toMatchObject({
      records_in: 0,
      records_out: 0,
      bytes_in: 0,
      bytes_out: 0,
      errors: 0,
      warnings: 0,
      ...noneYet,
      throughput: 0,
      backpressure: null,
      operators: ['source_1', 'source_2', 'filter_1', 'map_1', 'sink_1', 'sink_2'].map((operator_id) => ({
        operator_id,
      })),
    });
  });

  test('cover the last minute and fractions of the tasks’ time', () => {
    const second = Math.floor(NOW / 10_000) * 10;
    const rates = [
      { from: second - 10, in: 300, out: 240 },
      { from: second - 600, in: 99_999, out: 99_999 },
    ];
    const job = aPipelineJob({ rates, busyMs: 2_000, blockedMs: 300, idleMs: 104 });
    const early = aPipelineJob({ busyMs: 0, blockedMs: 300, idleMs: 100 });

    expect(toJobMetrics(job, new Map(), NOW)).toMatchObject({ throughput: 6, backpressure: 0.15 });
    expect(toMetricGroups(job, NOW)).toMatchObject({ sources: { throughput: 6 }, sinks: { throughput: 4.8 } });
    expect(toOperatorMetrics(job, 0, new Map()).metrics).toMatchObject({ backpressure: 0.15, idle_time_percent: 5.2 });
    expect(toOperatorMetrics(job, 4, new Map()).metrics).toMatchObject({ backpressure: 0, idle_time_percent: 5.2 });
    expect(toJobMetrics(early, new Map(), NOW)).toMatchObject({ backpressure: 0.75 });
    expect(toOperatorMetrics(aPipelineJob(), 4, new Map()).metrics).toMatchObject({
      backpressure: null,
      idle_time_percent: null,
    });
  });

  test('cover only the tasks that run the operator', () => {
    const job = aPipelineJob();
    const subtasksOf = (id: string) =>
      toOperatorMetrics(job, requireOperator(job, id), new Map()).subtask_metrics.map((one) => one.subtask_index);

    expect(subtasksOf('source_1')).toEqual([0]);
    expect(subtasksOf('source_2')).toEqual([0, 1]);
    expect(subtasksOf('filter_1')).toEqual([0, 1]);
    expect(subtasksOf('sink_2')).toEqual([0, 1]);
    expect(() => requireOperator(job, 'sink_3')).toThrow(/it has source_1, source_2, filter_1, map_1, sink_1, sink_2$/);
  });

  test('report the records emitted by the last transform', () => {
    expect(toMetricGroups(aPipelineJob(), NOW)).toEqual({
      sources: { total_records: 150, throughput: 0, operators: ['source_1', 'source_2'] },
      sinks: { total_records: 275, throughput: 0, operators: ['sink_1', 'sink_2'] },
      transforms: { total_records: 139, operators: ['filter_1', 'map_1'] },
    });
    const { run } = aPipelineJob();
    const bare = { run, flow: { ...flow, transforms: [] }, plan: null, tasks: [] };
    expect(toMetricGroups(bare, NOW).transforms).toEqual({ total_records: 0, operators: [] });
  });
});

describe('prometheusText', () => {
  test('lists the samples of a family below its name and type, and omits empty families', () => {
    const family = { type: 'gauge', help: 'Of no use.' } as const;
    const samples = [
      { labels: { a: 'x', b: 'say "\\n"\n' }, value: 1.5 },
      { labels: {}, value: 0 },
    ];

    expect(
      prometheusText([
        { ...family, name: 'one', samples },
        { ...family, name: 'two', samples: [] },
      ]),
    ).toBe('# HELP one Of no use.\n# TYPE one gauge\none{a="x",b="say \\"\\\\n\\"\\n"} 1.5\none 0\n');
  });

  test('can be parsed by a Prometheus client with equal values', () => {
    const jobs = [aPipelineJob({ busyMs: 3, blockedMs: 1 }), aPipelineJob()].map((job) => ({
      ...job,
      latencies: new Map(),
    }));
    const counted = ['pipe', 'a.b-c_1'].map((pipelineId) => ({ pipelineId, counter: undefined }));
    const name = 'say "\\n" \\ to\n{}, ü';

    const text = prometheusText([
      ...pipelineFamilies(counted),
      ...jobFamilies(jobs, NOW),
      { name: 'odd', type: 'gauge', help: 'Of no use.', samples: [{ labels: { name, of: ',' }, value: 1e-7 }] },
      omittedFamily({ pipelines: 1e21, jobs: 0 }),
    ]);

    const series = parsePrometheus(text);
    expect(series).toContainEqual({ name: 'odd', labels: { name, of: ',' }, value: 1e-7 });
    expect(series).toContainEqual({ name: 'jobdeck_metrics_omitted', labels: { what: 'pipelines' }, value: 1e21 });
    expect(series.filter((one) => one.name === 'jobdeck_job_tasks')).toHaveLength(2);
  });

  test('reports pipelines and active jobs', () => {
    const job = { ...aPipelineJob({ busyMs: 1_000, blockedMs: 250 }), latencies: new Map([[4, { 0: 3 }]]) };
    const counter = { current: { queued: 1, running: 2 }, total: { completed: 7, failed: 1, ms: 12_500, timed: 8 } };

    const text = prometheusText([
      ...pipelineFamilies([
        { pipelineId: 'pipe', counter },
        { pipelineId: 'new', counter: undefined },
      ]),
      ...jobFamilies([job], NOW),
      omittedFamily({ pipelines: 0, jobs: 3 }),
    ]);

    const labels = `pipeline_id="pipe",job_id="${publicRunId(job.run)}"`;
    for (const line of [
      'jobdeck_pipeline_jobs{pipeline_id="pipe",state="Created"} 1',
      'jobdeck_pipeline_jobs{pipeline_id="pipe",state="Running"} 2',
      'jobdeck_pipeline_jobs{pipeline_id="pipe",state="Stopping"} 0',
      'jobdeck_pipeline_jobs_ended_total{pipeline_id="pipe",state="Finished"} 7',
      'jobdeck_pipeline_jobs_ended_total{pipeline_id="new",state="Failed"} 0',
      'jobdeck_pipeline_jobs_timed_total{pipeline_id="pipe"} 8',
      'jobdeck_pipeline_job_seconds_total{pipeline_id="pipe"} 12.5',
      `jobdeck_job_records_in_total{${labels}} 150`,
      `jobdeck_job_records_out_total{${labels}} 275`,
      `jobdeck_job_record_errors_total{${labels}} 6`,
      `jobdeck_job_tasks{${labels}} 2`,
      `jobdeck_job_backpressure_ratio{${labels}} 0.25`,
      `jobdeck_job_latency_seconds{${labels},quantile="0.95"} 0`,
      'jobdeck_metrics_omitted{what="jobs"} 3',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });
});
