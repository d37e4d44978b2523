import * as z from 'zod';
import type { Job } from '../../core/domain/job.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { jobChangeInput, jobInput } from '../definition/documented-requests.ts';
import { jobNotFoundError, requireJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { jobChangeRequest, jobRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { type ApiRequest, alias, lazy, route } from '../http/route.ts';
import { ETAG, ifMatchHeader } from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';

const ok = lazy(() => z.object({ ok: z.literal(true) }));
const OK = { ok: true } as const;
const okWithETag = (description: string) => ({ 200: { description, body: ok(), headers: ETAG } });

export const createJob = route({
  method: 'POST',
  path: '/jobs',
  operation: 'createJob',
  action: 'define',
  body: jobRequest,
  openapi: () => ({
    summary: 'Create a job',
    description: 'A job runs a script, an HTTP request or a flow, on a schedule or on demand.',
    body: jobInput(),
    bodyExample: { id: 'hello', name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' },
    errors: [409],
  }),
  responses: () => ({
    201: {
      description: 'The job was created.',
      body: z.object({ ok: z.literal(true), id: z.string() }),
      example: { ok: true, id: 'hello' },
      headers: { Location: 'The path of the job.', ...ETAG },
    },
  }),
  async handle({ caller: { tenant }, body }, platform: Platform) {
    const job = await defineJob(platform, tenant, body);
    const headers = { location: `/jobs/${job.id}`, etag: etagOf(job) };
    return { status: 201, body: { ...OK, id: job.id }, headers, targets: [job.id] };
  },
});

export const updateJob = route({
  method: 'PATCH',
  path: '/jobs/{id}',
  operation: 'updateJob',
  action: 'define',
  body: jobChangeRequest,
  openapi: () => ({
    summary: 'Update a job',
    description: 'Omitted fields keep their values. Fields that are `null` take their defaults.',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    body: jobChangeInput(),
    bodyExample: { schedule: '0 7 * * 1-5', timezone: 'Europe/Berlin' },
    errors: [404, 409, 412],
  }),
  responses: () => okWithETag('The job was updated.'),
  async handle({ caller: { tenant }, params: { id }, body, headers }, platform: Platform) {
    const find = () => requireJob(platform.db, tenant, id);
    const change = (job: Job) => applyChange(job, body, jobRequest(), platform.now());
    const changed = await changeJob(platform, find, change, readIfMatch(headers));
    return { status: 200, body: OK, headers: { etag: etagOf(changed) } };
  },
});

export const deleteJob = route({
  method: 'DELETE',
  path: '/jobs/{id}',
  operation: 'deleteJob',
  action: 'define',
  openapi: () => ({
    summary: 'Delete a job',
    description:
      'Deletes the job and its history, and cancels its active runs. A job after which others start (`after`) is not ' +
      'deleted (409).',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 409, 412],
  }),
  responses: () => ({ 200: { description: 'The job was deleted.', body: ok() } }),
  async handle({ caller, params: { id }, headers, remainingMs }, platform: Platform) {
    const ifMatch = readIfMatch(headers);
    const job = await requireJob(platform.db, caller.tenant, id);
    if (!(await removeJob(platform, caller, job, remainingMs, ifMatch))) throw jobNotFoundError();
    return { status: 200, body: OK };
  },
});

export const enableJob = route({
  method: 'POST',
  path: '/jobs/{id}/enable',
  operation: 'enableJob',
  action: 'operate',
  openapi: () => ({
    summary: 'Enable a job',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 409, 412],
  }),
  responses: () => okWithETag('The job is enabled.'),
  handle: ({ caller: { tenant }, params: { id }, headers }, platform: Platform) =>
    setEnabled(platform, tenant, id, headers, true),
});

export const disableJob = route({
  method: 'POST',
  path: '/jobs/{id}/disable',
  operation: 'disableJob',
  action: 'operate',
  openapi: () => ({
    summary: 'Disable a job',
    description: 'A disabled job skips its scheduled ticks and cannot be triggered.',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader()],
    errors: [404, 409, 412],
  }),
  responses: () => okWithETag('The job is disabled.'),
  handle: ({ caller: { tenant }, params: { id }, headers }, platform: Platform) =>
    setEnabled(platform, tenant, id, headers, false),
});

async function setEnabled(
  platform: Platform,
  tenant: TenantId,
  id: string,
  headers: ApiRequest['headers'],
  enabled: boolean,
) {
  const find = () => requireJob(platform.db, tenant, id);
  const job = await changeJob(platform, find, () => ({ enabled }), readIfMatch(headers));
  return { status: 200 as const, body: OK, headers: { etag: etagOf(job) } };
}

/** The routes that change an existing job. */
export const jobChangeRoutes = [
  updateJob,
  deleteJob,
  enableJob,
  alias(enableJob, { method: 'PATCH', path: '/jobs/{id}/enable' }),
  disableJob,
  alias(disableJob, { method: 'PATCH', path: '/jobs/{id}/disable' }),
];
