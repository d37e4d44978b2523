import * as z from 'zod';
import { totalCounts } from '../../core/domain/flow/totals.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { jobParameter, type PipelineJob, requirePipelineJob } from './find-job.ts';
import { operatorIndexes, sumOperatorCounts } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { measureThroughput } from './task-metrics.ts';

const metricGroups = lazy(() => {
  const group = (records: string) => ({
    total_records: nonNegativeInteger().describe(records),
    operators: z.array(z.string()).describe('Operator ids.'),
  });
  const throughput = (description: string) => z.number().min(0).describe(description);
  return namedSchema(
    'PipelinesMetricGroups',
    z.object({
      sources: z.object({
        ...group('Records read.'),
        throughput: throughput('Records read per second over the last minute.'),
      }),
      sinks: z.object({
        ...group('Records written.'),
        throughput: throughput('Records per second that passed all sinks over the last minute.'),
      }),
      transforms: z.object(group('Records emitted by the last transform; 0 without transforms.')),
    }),
  );
});
/** Metrics of the sources, sinks and transforms of a job. */
export type MetricGroupsView = ViewOf<typeof metricGroups>;

export const getMetricGroups = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/metric-groups',
  operation: 'getMetricGroups',
  action: 'read',
  openapi: () => ({
    summary: 'Get the metrics of a job by operator kind',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({ 200: { description: 'Metrics of sources, transforms and sinks.', body: metricGroups() } }),
  async handle(
    { caller: { tenant }, params: { job_id } },
    platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  ) {
    return { status: 200, body: toMetricGroups(await requirePipelineJob(platform, tenant, job_id), platform.now()) };
  },
});

export function toMetricGroups({ run, flow, tasks }: PipelineJob, now: number): MetricGroupsView {
  const indexes = operatorIndexes(flow);
  const rate = measureThroughput(run, tasks, now);
  const ids = (operators: readonly { readonly id: string }[]) => operators.map(({ id }) => id);
  const lastTransform = indexes.transforms.at(-1);
  return {
    sources: {
      total_records: sumOperatorCounts(tasks, indexes.sources).in,
      throughput: rate.in,
      operators: ids(flow.sources),
    },
    sinks: {
      total_records: sumOperatorCounts(tasks, indexes.sinks).out,
      throughput: rate.out,
      operators: ids(flow.sinks),
    },
    transforms: {
      total_records: lastTransform === undefined ? 0 : totalCounts(tasks, lastTransform).out,
      operators: ids(flow.transforms),
    },
  };
}
