import type { Job } from '../../core/domain/job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { jobNotFoundError, requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { jobChangeRequest, jobRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { operation } from '../http/operation.ts';

export const createJob = (platform: Platform) =>
  operation({
    body: jobRequest,
    async handle({ caller: { tenant }, body }) {
      const job = await defineJob(platform, tenant, body);
      const headers = { location: `/jobs/${job.id}`, etag: etagOf(job) };
      return { status: 201, body: { ok: true, id: job.id }, headers, targets: [job.id] };
    },
  });

export const updateJob = (platform: Platform) =>
  operation({
    body: jobChangeRequest,
    async handle({ caller: { tenant }, params: { id = '' }, body, headers }) {
      const find = () => requireJob(platform.db, tenant, id);
      const change = (job: Job) => applyChange(job, body, jobRequest, platform.now());
      const changed = await changeJob(platform, find, change, readIfMatch(headers));
      return { status: 200, body: { ok: true }, headers: { etag: etagOf(changed) } };
    },
  });

export const deleteJob = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '' }, headers, remainingMs }) {
      const ifMatch = readIfMatch(headers);
      const job = await requireJob(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, job, remainingMs, ifMatch))) throw jobNotFoundError();
      return { status: 200, body: { ok: true } };
    },
  });
