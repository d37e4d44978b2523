import { publicRunId } from '../../core/domain/run-id.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { operation } from '../http/operation.ts';
import { requireFlow } from './flows.ts';
import { requireJob } from './get-job.ts';

/**
 * Starts a run of a flow without waiting for its end. A repeated request with the same idempotency key returns the
 * current state of the first run.
 */
export const runFlow = (platform: Platform) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' }, headers }) {
      const key = readIdempotencyKey(headers);
      const run = publicRunId(await triggerJob(platform, await requireFlow(platform.db, tenant, id), key));
      const { view } = await requireJob(platform, tenant, run);
      // Clients of Celigo's API read the id of the new job from `_jobId`.
      return { status: 202, body: { ...view, _jobId: run }, headers: { location: `/v1/jobs/${run}` }, targets: [run] };
    },
  });
