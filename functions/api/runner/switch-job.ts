import type { Platform } from '../../platform/platform.ts';
import { operation } from '../edge/operation.ts';
import { changeJob } from './change-job.ts';

const switchJob = (platform: Platform, enabled: boolean) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      await changeJob(platform, tenant, id, (job) => (job.enabled === enabled ? undefined : { enabled }));
      return { status: 200, body: { ok: true } };
    },
  });

export const enableJob = (platform: Platform) => switchJob(platform, true);
export const disableJob = (platform: Platform) => switchJob(platform, false);
