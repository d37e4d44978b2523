import type { Platform } from '../../core/platform/platform.ts';
import { getJobState } from '../../core/store/job-states.ts';
import { operation } from '../http/operation.ts';
import { FlowJobReader } from './flow-jobs.ts';
import { requireFlow } from './flows.ts';

/** Lists the newest job of a flow. The list is empty if the flow has no job, or if its newest job has expired. */
export const listLatestJobs = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const { incarnation } = await requireFlow(platform.db, tenant, id);
      const { newestRun: newest } = (await getJobState(platform.db, tenant, id)) ?? {};
      const ref = newest && { tenant, jobId: id, incarnation, ulid: newest.ulid };
      const view = ref && (await new FlowJobReader(platform, tenant).find({ ref, kind: 'flow' }));
      return { status: 200, body: view ? [view] : [] };
    },
  });
