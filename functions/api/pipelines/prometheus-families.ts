import { publicRunId } from '../../core/domain/run-id.ts';
import { mergeSketches, quantile } from '../../core/domain/sketch.ts';
import type { CounterValues } from '../../core/store/counters.ts';
import type { Latencies } from '../../core/store/latencies.ts';
import type { PipelineJob } from './find-job.ts';
import type { JobState } from './job-state.ts';
import { RUN_STATE_BY_JOB_STATE } from './job-state.ts';
import { type JobTotals, operatorIndexes, toJobTotals } from './job-totals.ts';
import type { Family, Sample } from './prometheus-text.ts';
import { measureThroughput, measureTimeShares } from './task-metrics.ts';

/** A pipeline and the counter of its runs; `undefined` before its first run. */
export interface PipelineCounts {
  readonly pipelineId: string;
  readonly counter: Pick<CounterValues, 'current' | 'total'> | undefined;
}

/** Job states that counters distinguish. `Running` includes every state in which a worker holds the job. */
const ACTIVE_JOB_STATES = ['Created', 'Running', 'Stopping'] as const satisfies readonly JobState[];
const TERMINAL_JOB_STATES = ['Finished', 'Failed', 'Stopped'] as const satisfies readonly JobState[];

/** Metrics of pipelines: current and ended jobs by state. */
export function pipelineFamilies(pipelines: readonly PipelineCounts[]): readonly Family[] {
  const each = (samples: (pipeline: PipelineCounts) => readonly Sample[]) => pipelines.flatMap(samples);
  const byState = (states: readonly JobState[], of: 'current' | 'total') =>
    each(({ pipelineId, counter }) =>
      states.map((state) => {
        const labels = { pipeline_id: pipelineId, state };
        return { labels, value: counter?.[of][RUN_STATE_BY_JOB_STATE[state]] ?? 0 };
      }),
    );
  const total = (name: string, perUnit = 1) =>
    each(({ pipelineId, counter }) => [
      { labels: { pipeline_id: pipelineId }, value: (counter?.total[name] ?? 0) / perUnit },
    ]);
  return [
    {
      name: 'jobdeck_pipeline_jobs',
      type: 'gauge',
      help: 'Jobs of a pipeline that have not ended, by state. Running includes Scheduling, Rescaling and Recovering.',
      samples: byState(ACTIVE_JOB_STATES, 'current'),
    },
    {
      name: 'jobdeck_pipeline_jobs_ended_total',
      type: 'counter',
      help: 'Ended jobs of a pipeline, by final state.',
      samples: byState(TERMINAL_JOB_STATES, 'total'),
    },
    {
      name: 'jobdeck_pipeline_jobs_timed_total',
      type: 'counter',
      help: 'Finished and failed jobs of a pipeline that jobdeck_pipeline_job_seconds_total counts.',
      samples: total('timed'),
    },
    {
      name: 'jobdeck_pipeline_job_seconds_total',
      type: 'counter',
      help: 'Total duration of the finished and failed jobs of a pipeline, in seconds.',
      samples: total('ms', 1_000),
    },
  ];
}

/** A planned job that has not ended, with the latencies of its operators. */
export interface ActiveJob extends PipelineJob {
  readonly latencies: Latencies;
}

const QUANTILES = [0.5, 0.95, 0.99];

/** Metrics of active jobs. */
export function jobFamilies(jobs: readonly ActiveJob[], now: number): readonly Family[] {
  const labeledJobs = jobs.map((job) => ({
    job,
    totals: toJobTotals(job.flow, job.tasks),
    labels: { pipeline_id: job.run.jobId, job_id: publicRunId(job.run) },
  }));
  const counter = (field: keyof JobTotals, name: string, help: string): Family => ({
    name: `jobdeck_job_${name}_total`,
    type: 'counter',
    help,
    samples: labeledJobs.map(({ totals, labels }) => ({ labels, value: totals[field] })),
  });
  const gauge = (name: string, help: string, measure: (job: ActiveJob) => number | null): Family => ({
    name: `jobdeck_job_${name}`,
    type: 'gauge',
    help,
    samples: labeledJobs.flatMap(({ job, labels }) => {
      const value = measure(job);
      return value === null ? [] : { labels, value };
    }),
  });
  return [
    counter('records_in', 'records_in', 'Records read by the sources of an active job.'),
    counter('records_out', 'records_out', 'Records written by the sinks of an active job.'),
    counter('bytes_in', 'bytes_in', 'Bytes read by the sources of an active job.'),
    counter('bytes_out', 'bytes_out', 'Bytes written by the sinks of an active job.'),
    counter('errors', 'record_errors', 'Failed records of an active job.'),
    counter('warnings', 'warnings', 'Warnings of the operators of an active job.'),
    gauge('tasks', 'Tasks of an active job.', ({ tasks }) => tasks.length),
    gauge(
      'throughput_records_per_second',
      'Records read per second over the last minute.',
      ({ run, tasks }) => measureThroughput(run, tasks, now).in,
    ),
    gauge('backpressure_ratio', "Fraction of its tasks' time that a job waited for sinks.", ({ tasks }) => {
      return measureTimeShares(tasks).blocked;
    }),
    gauge(
      'idle_ratio',
      "Fraction of its tasks' time that a job waited for sources.",
      ({ tasks }) => measureTimeShares(tasks).idle,
    ),
    {
      name: 'jobdeck_job_latency_seconds',
      type: 'gauge',
      help: 'Seconds from source to sink by quantile of the records of an active job, accurate to 2 %.',
      samples: labeledJobs.flatMap(({ job, labels }) => {
        const sketch = mergeSketches(operatorIndexes(job.flow).sinks.map((sink) => job.latencies.get(sink) ?? {}));
        return QUANTILES.flatMap((share) => {
          const ms = quantile(sketch, share);
          return ms === null ? [] : { labels: { ...labels, quantile: String(share) }, value: ms / 1_000 };
        });
      }),
    },
  ];
}

/** The number of pipelines and jobs omitted because of the bounds. */
export function omittedFamily(omitted: { readonly pipelines: number; readonly jobs: number }): Family {
  return {
    name: 'jobdeck_metrics_omitted',
    type: 'gauge',
    help: 'Pipelines and active jobs omitted from these metrics because there are too many.',
    samples: Object.entries(omitted).map(([what, value]) => ({ labels: { what }, value })),
  };
}
