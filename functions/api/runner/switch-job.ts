import type { Platform } from '../../platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { changeJob } from '../definition/write-job.ts';
import { operation } from '../edge/operation.ts';

const switchJob = (platform: Platform, enabled: boolean) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const find = () => requireJob(platform.db, tenant, id);
      await changeJob(platform, find, () => ({ enabled }));
      return { status: 200, body: { ok: true } };
    },
  });

export const enableJob = (platform: Platform) => switchJob(platform, true);
export const disableJob = (platform: Platform) => switchJob(platform, false);
