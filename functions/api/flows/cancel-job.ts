import { JobdeckError } from '../../core/domain/errors.ts';
import type { RunRef } from '../../core/domain/run.ts';
import { cancelAndWait } from '../../core/engine/finalize/cancel-run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { MayWait } from '../http/hold-payment.ts';
import { alias, route } from '../http/route.ts';
import { requireJob } from './flow-jobs.ts';
import { type JobView, jobParameter, jobSchema } from './job-view.ts';

/**
 * Cancels a flow job. Answers 200 when the job has ended, 202 if it has not ended after 10 s, and 409 if it completed
 * or failed meanwhile.
 */
export const cancelJob = route({
  method: 'DELETE',
  path: '/v1/jobs/{id}',
  operation: 'cancelJob',
  action: 'operate',
  openapi: () => ({
    summary: 'Cancel a flow job',
    description: 'Its exports and imports are canceled with it.',
    pathParameters: jobParameter(),
    errors: [404, 409, 422],
  }),
  responses: () => ({
    200: { description: 'The job is canceled.', body: jobSchema() },
    202: { description: 'The cancel is requested and the job has not ended within 10 seconds.', body: jobSchema() },
  }),
  async handle({ caller, params: { id }, mayWait }, platform: Platform) {
    const { view, ref } = await requireJob(platform, caller.tenant, id);
    if (view.type !== 'flow') {
      throw new JobdeckError('unprocessable', 'run.not_a_flow', 'Only flow jobs can be canceled');
    }
    rejectEnded(view, ['completed', 'failed', 'canceled']);
    await cancelUnlessEnded(platform, ref, caller.name, mayWait);
    const { view: current } = await requireJob(platform, caller.tenant, id);
    rejectEnded(current, ['completed', 'failed']);
    return { status: current.status === 'canceled' ? 200 : 202, body: current };
  },
});

export const cancelJobByPut = alias(cancelJob, { method: 'PUT', path: '/v1/jobs/{id}/cancel' });

function rejectEnded({ status }: JobView, ended: readonly JobView['status'][]): void {
  if (ended.includes(status)) throw new JobdeckError('conflict', 'run.ended', `Cannot cancel ${status} job`);
}

/** Cancels the run. If it ended meanwhile, the caller reads its state again. */
async function cancelUnlessEnded(platform: Platform, ref: RunRef, canceledBy: string, mayWait: MayWait): Promise<void> {
  try {
    await cancelAndWait(platform, ref, canceledBy, mayWait);
  } catch (error) {
    if (!(error instanceof JobdeckError && error.code === 'run.ended')) throw error;
  }
}
