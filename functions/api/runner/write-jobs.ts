import type { Job } from '../../core/domain/job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { jobNotFound, requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { jobChange, newJob } from '../definition/job-shape.ts';
import { changeJob, defineJob, redefined, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { operation } from '../http/operation.ts';

export const createJob = (platform: Platform) =>
  operation({
    body: newJob,
    async handle({ caller: { tenant }, body }) {
      const job = await defineJob(platform, tenant, body);
      const headers = { location: `/jobs/${job.id}`, etag: etagOf(job) };
      return { status: 201, body: { ok: true, id: job.id }, headers, targets: [job.id] };
    },
  });

export const updateJob = (platform: Platform) =>
  operation({
    body: jobChange,
    async handle({ caller: { tenant }, params: { id = '' }, body, headers }) {
      const find = () => requireJob(platform.db, tenant, id);
      const change = (job: Job) => redefined(job, body, newJob, platform.now());
      const changed = await changeJob(platform, find, change, readIfMatch(headers));
      return { status: 200, body: { ok: true }, headers: { etag: etagOf(changed) } };
    },
  });

export const deleteJob = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '' }, headers, remainingMs }) {
      const ifMatch = readIfMatch(headers);
      const job = await requireJob(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, job, remainingMs, ifMatch))) throw jobNotFound();
      return { status: 200, body: { ok: true } };
    },
  });
