import { operation } from '../http/operation.ts';
import { requirePipelineJob } from './find-job.ts';
import { toJobView } from './job-view.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

export const getJob = (platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '' } }) {
      return { status: 200, body: toJobView(await requirePipelineJob(platform, tenant, id), platform.now()) };
    },
  });
