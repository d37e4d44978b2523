import { JobdeckError } from '../../core/domain/errors.ts';
import type { RunRef } from '../../core/domain/run.ts';
import { cancelAndWait } from '../../core/engine/finalize/cancel-run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { operation } from '../http/operation.ts';
import { requireJob } from './get-job.ts';
import type { JobView } from './job-view.ts';

/**
 * Cancels a flow job. Answers 200 when the job has ended, 202 if it has not ended after 10 s, and 409 if it completed
 * or failed meanwhile.
 */
export const cancelJob = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '' } }) {
      const { view, ref } = await requireJob(platform, caller.tenant, id);
      if (view.type !== 'flow') {
        throw new JobdeckError('unprocessable', 'run.not_a_flow', 'Only flow jobs can be canceled');
      }
      rejectEnded(view, ['completed', 'failed', 'canceled']);
      await cancelUnlessEnded(platform, ref, caller.name);
      const { view: after } = await requireJob(platform, caller.tenant, id);
      rejectEnded(after, ['completed', 'failed']);
      return { status: after.status === 'canceled' ? 200 : 202, body: after };
    },
  });

function rejectEnded({ status }: JobView, ended: readonly JobView['status'][]): void {
  if (ended.includes(status)) throw new JobdeckError('conflict', 'run.ended', `Cannot cancel ${status} job`);
}

/** Cancels the run. If it ended meanwhile, the caller reads its state again. */
async function cancelUnlessEnded(platform: Platform, ref: RunRef, canceledBy: string): Promise<void> {
  try {
    await cancelAndWait(platform, ref, canceledBy);
  } catch (error) {
    if (!(error instanceof JobdeckError && error.code === 'run.ended')) throw error;
  }
}
