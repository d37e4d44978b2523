import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { listJobs } from '../../core/store/jobs.ts';
import { omitLargeFields } from '../definition/definition-view.ts';
import { findJob } from '../definition/find-job.ts';
import { etagOf } from '../definition/job-etag.ts';
import { flowJobRequest, jobChangeRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { operation } from '../http/operation.ts';
import { toFlowView } from './flow-definition-view.ts';
import { parseFlowsQuery } from './flows-query.ts';
import { nextLinkHeader } from './next-link.ts';

/** Lists flows by id: all matching flows, or one page with a `Link` to the next one. */
export const listFlows = ({ db, now }: Platform) =>
  operation({
    query: z.record(z.string(), z.string()),
    async handle({ caller: { tenant }, query }) {
      const { matches, page } = parseFlowsQuery(query);
      const all = (await listJobs(db, tenant)).filter((job) => isFlow(job) && matches(job));
      const { number, size } = page ?? { number: 1, size: all.length };
      const shown = all.slice((number - 1) * size, number * size);
      const hasMore = number * size < all.length;
      return {
        status: 200,
        body: omitLargeFields(shown.map((flow) => toFlowView(flow, now()))),
        ...(hasMore && { headers: nextLinkHeader('/v1/flows', { ...query, page: String(number + 1) }) }),
      };
    },
  });

export const createFlow = (platform: Platform) =>
  operation({
    body: flowJobRequest,
    async handle({ caller: { tenant }, body }) {
      const flow = await defineJob(platform, tenant, body);
      return {
        status: 201,
        body: toFlowView(flow, platform.now()),
        headers: { location: `/v1/flows/${flow.id}`, etag: etagOf(flow) },
        targets: [flow.id],
      };
    },
  });

export const getFlow = ({ db, now }: Platform) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const flow = await requireFlow(db, tenant, id);
      return { status: 200, body: toFlowView(flow, now()), headers: { etag: etagOf(flow) } };
    },
  });

export const updateFlow = (platform: Platform) =>
  operation({
    body: jobChangeRequest,
    async handle({ caller: { tenant }, params: { id = '' }, body, headers }) {
      const { db, now } = platform;
      const find = () => requireFlow(db, tenant, id);
      const flow = await changeJob(
        platform,
        find,
        (job) => applyChange(job, body, flowJobRequest, now()),
        readIfMatch(headers),
      );
      return { status: 200, body: toFlowView(flow, now()), headers: { etag: etagOf(flow) } };
    },
  });

export const deleteFlow = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '' }, headers, remainingMs }) {
      const ifMatch = readIfMatch(headers);
      const flow = await requireFlow(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, flow, remainingMs, ifMatch))) throw flowNotFoundError();
      return { status: 204 };
    },
  });

const isFlow = ({ target }: Job) => target.type === 'flow';

/** Creates the same error for a missing flow, a job of another type and a flow of another tenant. */
const flowNotFoundError = () => new JobdeckError('not_found', 'flow.not_found', 'Flow not found');

/** @throws JobdeckError `flow.not_found` */
export async function requireFlow(db: Db, tenant: TenantId, id: string): Promise<Job> {
  const job = await findJob(db, tenant, id);
  if (!job || !isFlow(job)) throw flowNotFoundError();
  return job;
}
