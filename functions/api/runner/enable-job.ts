import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { changeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { operation } from '../http/operation.ts';

const switchJob = (platform: Platform, enabled: boolean) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' }, headers }) {
      const find = () => requireJob(platform.db, tenant, id);
      const job = await changeJob(platform, find, () => ({ enabled }), readIfMatch(headers));
      return { status: 200, body: { ok: true }, headers: { etag: etagOf(job) } };
    },
  });

export const enableJob = (platform: Platform) => switchJob(platform, true);
export const disableJob = (platform: Platform) => switchJob(platform, false);
