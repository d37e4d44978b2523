import * as z from 'zod';
import { operatorsOf } from '../../core/domain/flow/flow.ts';
import { totalCounts } from '../../core/domain/flow/totals.ts';
import { mergeSketches } from '../../core/domain/sketch.ts';
import { getLatencies, type Latencies } from '../../core/store/latencies.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { fraction, namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { jobParameter, type PipelineJob, requirePipelineJob } from './find-job.ts';
import { jobTotals, operatorIndexes, toJobTotals } from './job-totals.ts';
import { measureBackpressure } from './operator-metrics.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { latencyFields, measureThroughput, measureTimeShares, toLatency } from './task-metrics.ts';

const jobMetrics = lazy(() =>
  namedSchema(
    'PipelinesJobMetrics',
    z.object({
      ...jobTotals().shape,
      ...latencyFields(),
      throughput: z.number().min(0).describe('Records read per second over the last minute.'),
      backpressure: fraction().nullable().describe('Fraction of the time of all tasks spent waiting for sinks.'),
      operators: z
        .array(
          z.object({
            operator_id: z.string(),
            operator_name: z.string(),
            records_in: nonNegativeInteger(),
            records_out: nonNegativeInteger(),
            errors: nonNegativeInteger(),
            warnings: nonNegativeInteger(),
            backpressure: fraction()
              .nullable()
              .describe('Fraction of its tasks’ time spent waiting for downstream operators; 0 for sinks.'),
            ...latencyFields(),
          }),
        )
        .describe('In the order of the flow.'),
    }),
  ),
);
/** Metrics of a job and its operators. */
export type JobMetricsView = ViewOf<typeof jobMetrics>;

/** Reads the run, its plan, its tasks and their latencies; the number of reads does not depend on how long the job ran. */
export const getJobMetrics = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/metrics',
  operation: 'getJobMetrics',
  action: 'read',
  openapi: () => ({ summary: 'Get the metrics of a job', pathParameters: jobParameter(), errors: [404] }),
  responses: () => ({ 200: { description: 'Metrics of the job and of each operator.', body: jobMetrics() } }),
  async handle(
    { caller: { tenant }, params: { job_id } },
    platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  ) {
    const job = await requirePipelineJob(platform, tenant, job_id);
    const latencies = await getLatencies(platform.db, job.run);
    return { status: 200, body: toJobMetrics(job, latencies, platform.now()) };
  },
});

export function toJobMetrics(job: PipelineJob, latencies: Latencies, now: number): JobMetricsView {
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
