import { totalCounts } from '../../core/domain/flow/totals.ts';
import { operation } from '../http/operation.ts';
import { type PipelineJob, requirePipelineJob } from './find-job.ts';
import { operatorIndexes, sumOperatorCounts } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { measureThroughput } from './task-metrics.ts';

export interface MetricGroups {
  /** Records read, and records read per second over the last minute. */
  readonly sources: MetricGroup & { readonly throughput: number };
  /** Records written, and records per second that passed all sinks over the last minute. */
  readonly sinks: MetricGroup & { readonly throughput: number };
  /** Records emitted by the last transform; 0 without transforms. */
  readonly transforms: MetricGroup;
}

interface MetricGroup {
  readonly total_records: number;
  /** Operator ids. */
  readonly operators: readonly string[];
}

export const getMetricGroups = (platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '' } }) {
      return { status: 200, body: toMetricGroups(await requirePipelineJob(platform, tenant, id), platform.now()) };
    },
  });

export function toMetricGroups({ run, flow, tasks }: PipelineJob, now: number): MetricGroups {
  const places = operatorIndexes(flow);
  const rate = measureThroughput(run, tasks, now);
  const ids = (operators: readonly { readonly id: string }[]) => operators.map(({ id }) => id);
  const lastTransform = places.transforms.at(-1);
  return {
    sources: {
      total_records: sumOperatorCounts(tasks, places.sources).in,
      throughput: rate.in,
      operators: ids(flow.sources),
    },
    sinks: {
      total_records: sumOperatorCounts(tasks, places.sinks).out,
      throughput: rate.out,
      operators: ids(flow.sinks),
    },
    transforms: {
      total_records: lastTransform === undefined ? 0 : totalCounts(tasks, lastTransform).out,
      operators: ids(flow.transforms),
    },
  };
}
