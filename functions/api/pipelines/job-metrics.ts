import { operatorsOf } from '../../core/domain/flow/flow.ts';
import { totalCounts } from '../../core/domain/flow/totals.ts';
import { mergeSketches } from '../../core/domain/sketch.ts';
import { getLatencies, type Latencies } from '../../core/store/latencies.ts';
import { operation } from '../http/operation.ts';
import { type PipelineJob, requirePipelineJob } from './find-job.ts';
import { type JobTotals, operatorIndexes, toJobTotals } from './job-totals.ts';
import { measureBackpressure } from './operator-metrics.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { type Latency, measureThroughput, measureTimeShares, toLatency } from './task-metrics.ts';

export interface JobMetrics extends JobTotals, Latency {
  /** Records read per second over the last minute. */
  readonly throughput: number;
  /** Fraction of the tasks' time spent waiting for sinks, 0–1. */
  readonly backpressure: number | null;
  /** In the order of the flow. */
  readonly operators: readonly OperatorSummary[];
}

export interface OperatorSummary extends Latency {
  readonly operator_id: string;
  readonly operator_name: string;
  readonly records_in: number;
  readonly records_out: number;
  readonly errors: number;
  readonly warnings: number;
  /** Fraction of its tasks' time spent waiting for downstream operators, 0–1; 0 for sinks. */
  readonly backpressure: number | null;
}

/**
 * Reads the run, its plan, its tasks and their latencies; the number of reads does not depend on how long the job ran.
 */
export const getJobMetrics = (platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '' } }) {
      const job = await requirePipelineJob(platform, tenant, id);
      const latencies = await getLatencies(platform.db, job.run);
      return { status: 200, body: toJobMetrics(job, latencies, platform.now()) };
    },
  });

export function toJobMetrics(job: PipelineJob, latencies: Latencies, now: number): JobMetrics {
  const { run, flow, tasks } = job;
  const sketchOf = (operator: number) => latencies.get(operator) ?? {};
  return {
    ...toJobTotals(flow, tasks),
    ...toLatency(mergeSketches(operatorIndexes(flow).sinks.map(sketchOf))),
    throughput: measureThroughput(run, tasks, now).in,
    backpressure: measureTimeShares(tasks).blocked,
    operators: operatorsOf(flow).map(({ id, name }, operator) => {
      const total = totalCounts(tasks, operator);
      return {
        operator_id: id,
        operator_name: name,
        records_in: total.in,
        records_out: total.out,
        errors: total.errors,
        warnings: total.warnings,
        backpressure: measureBackpressure(job, operator),
        ...toLatency(sketchOf(operator)),
      };
    }),
  };
}
