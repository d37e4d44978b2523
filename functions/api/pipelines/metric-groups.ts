import { totalOf } from '../../core/domain/flow/totals.ts';
import { operation } from '../http/operation.ts';
import { type PipelineJob, requireJob } from './find-job.ts';
import { placesOf, totalOfAll } from './job-totals.ts';
import { throughputOf } from './measures.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

export interface MetricGroups {
  /** Records read, and read a second over the last minute. */
  readonly sources: MetricGroup & { readonly throughput: number };
  /** Records taken; and how many of those that were read went through all sinks a second, over the last minute. */
  readonly sinks: MetricGroup & { readonly throughput: number };
  /** Records that came out of the last of them; 0 without any. */
  readonly transforms: MetricGroup;
}

interface MetricGroup {
  readonly total_records: number;
  /** Ids. */
  readonly operators: readonly string[];
}

export const getMetricGroups = (platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '' } }) {
      return { status: 200, body: metricGroups(await requireJob(platform, tenant, id), platform.now()) };
    },
  });

export function metricGroups({ run, flow, tasks }: PipelineJob, now: number): MetricGroups {
  const places = placesOf(flow);
  const rate = throughputOf(run, tasks, now);
  const ids = (operators: readonly { readonly id: string }[]) => operators.map(({ id }) => id);
  const lastTransform = places.transforms.at(-1);
  return {
    sources: {
      total_records: totalOfAll(tasks, places.sources).in,
      throughput: rate.in,
      operators: ids(flow.sources),
    },
    sinks: { total_records: totalOfAll(tasks, places.sinks).out, throughput: rate.out, operators: ids(flow.sinks) },
    transforms: {
      total_records: lastTransform === undefined ? 0 : totalOf(tasks, lastTransform).out,
      operators: ids(flow.transforms),
    },
  };
}
