import type { Platform } from '../../platform/platform.ts';
import { jobNotFound, requireJob } from '../definition/find-job.ts';
import { jobChange, newJob } from '../definition/job-shape.ts';
import { changeJob, defineJob, redefined, removeJob } from '../definition/write-job.ts';
import { operation } from '../edge/operation.ts';

export const createJob = (platform: Platform) =>
  operation({
    body: newJob,
    async handle({ caller: { tenant }, body }) {
      const { id } = await defineJob(platform, tenant, body);
      return { status: 201, body: { ok: true, id }, headers: { location: `/jobs/${id}` }, targets: [id] };
    },
  });

export const updateJob = (platform: Platform) =>
  operation({
    body: jobChange,
    async handle({ caller: { tenant }, params: { id = '' }, body }) {
      const find = () => requireJob(platform.db, tenant, id);
      await changeJob(platform, find, (job) => redefined(job, body, newJob, platform.now()));
      return { status: 200, body: { ok: true } };
    },
  });

export const deleteJob = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '' }, remainingMs }) {
      const job = await requireJob(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, job, remainingMs))) throw jobNotFound();
      return { status: 200, body: { ok: true } };
    },
  });
