import { publicRunId } from '../../core/domain/run-id.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { operation } from '../http/operation.ts';
import { requirePipelineJob } from './find-job.ts';
import { toJobView } from './job-view.ts';
import { requirePipeline } from './pipelines.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

/**
 * Starts a job of a pipeline without waiting for it. A repeated request with the same idempotency key returns the
 * current state of the same job.
 */
export const startPipelineJob = (platform: PipelinesPlatform) =>
  operation({
    async handle({ caller: { tenant }, params: { pipeline_id: id = '' }, headers }) {
      const key = readIdempotencyKey(headers);
      const job = publicRunId(await triggerJob(platform, await requirePipeline(platform.db, tenant, id), key));
      const view = toJobView(await requirePipelineJob(platform, tenant, job), platform.now());
      return { status: 202, body: view, headers: { location: `/api/v1/jobs/${job}` }, targets: [job] };
    },
  });
