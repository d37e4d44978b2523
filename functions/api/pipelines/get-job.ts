import { operation } from '../http/operation.ts';
import { requireJob } from './find-job.ts';
import { jobView } from './job-view.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

export const getJob = (platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '' } }) {
      return { status: 200, body: jobView(await requireJob(platform, tenant, id), platform.now()) };
    },
  });
