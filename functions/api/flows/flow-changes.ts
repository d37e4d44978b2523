import * as z from 'zod';
import type { Job } from '../../core/domain/job.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { readNextRun } from '../../core/engine/start/read-next-runs.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { FLOW_EXAMPLE, flowJobChange, flowJobInput } from '../definition/documented-requests.ts';
import { etagOf } from '../definition/job-etag.ts';
import { flowJobRequest, jobChangeRequest } from '../definition/job-request.ts';
import { applyChange, changeJob, defineJob, removeJob } from '../definition/write-job.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { readIfMatch } from '../http/if-match.ts';
import { lazy, route } from '../http/route.ts';
import { ETAG, idempotencyKeyHeader, ifMatchHeader, namedSchema } from '../openapi/common-schemas.ts';
import { requireJob } from './flow-jobs.ts';
import { flowNotFoundError, flowParameter, flowSchema, requireFlow, toFlowView } from './flows.ts';
import { jobSchema } from './job-view.ts';

/** A started job. `_jobId` repeats `_id` under the name that clients of Celigo's API read. */
const startedJobSchema = lazy(() => namedSchema('FlowsStartedJob', jobSchema().extend({ _jobId: z.string() })));

export const flowChangeRoutes = [
  route({
    method: 'POST',
    path: '/v1/flows',
    operation: 'createFlow',
    action: 'define',
    body: flowJobRequest,
    openapi: () => ({ summary: 'Create a flow', body: flowJobInput(), bodyExample: FLOW_EXAMPLE, errors: [409] }),
    responses: () => ({
      201: {
        description: 'The flow is created.',
        body: flowSchema(),
        headers: { Location: 'URL of the flow.', ...ETAG },
      },
    }),
    async handle({ caller: { tenant }, body }, platform: Platform) {
      const flow = await defineJob(platform, tenant, body);
      return {
        status: 201,
        body: toFlowView(flow, await readNextRun(platform, flow)),
        headers: { location: `/v1/flows/${flow.id}`, etag: etagOf(flow) },
        targets: [flow.id],
      };
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/flows/{id}',
    operation: 'updateFlow',
    action: 'define',
    body: jobChangeRequest,
    openapi: () => ({
      summary: 'Change a flow',
      description: 'Missing fields are unchanged; null restores the default.',
      pathParameters: flowParameter(),
      headers: [ifMatchHeader()],
      body: flowJobChange(),
      bodyExample: { schedule: 'rate(15 minutes)' },
      errors: [404, 409, 412],
    }),
    responses: () => ({ 200: { description: 'The flow after the change.', body: flowSchema(), headers: ETAG } }),
    async handle({ caller: { tenant }, params: { id }, body, headers }, platform: Platform) {
      const { db, now } = platform;
      const find = () => requireFlow(db, tenant, id);
      const change = (job: Job) => applyChange(job, body, flowJobRequest(), now());
      const flow = await changeJob(platform, find, change, readIfMatch(headers));
      return {
        status: 200,
        body: toFlowView(flow, await readNextRun(platform, flow)),
        headers: { etag: etagOf(flow) },
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/flows/{id}',
    operation: 'deleteFlow',
    action: 'define',
    openapi: () => ({
      summary: 'Delete a flow',
      description: 'The flow and its jobs are removed at once; active jobs are canceled.',
      pathParameters: flowParameter(),
      headers: [ifMatchHeader()],
      errors: [404, 409, 412],
    }),
    responses: () => ({ 204: { description: 'The flow is deleted.' } }),
    async handle({ caller, params: { id }, headers, remainingMs }, platform: Platform) {
      const ifMatch = readIfMatch(headers);
      const flow = await requireFlow(platform.db, caller.tenant, id);
      if (!(await removeJob(platform, caller, flow, remainingMs, ifMatch))) throw flowNotFoundError();
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/flows/{id}/run',
    operation: 'runFlow',
    action: 'operate',
    openapi: () => ({
      summary: 'Run a flow now',
      description:
        'Does not wait for the end of the run. A repeated request with the same idempotency key returns the current state of the first run.',
      pathParameters: flowParameter(),
      headers: [idempotencyKeyHeader()],
      errors: [404, 409],
    }),
    responses: () => ({
      202: {
        description: 'The job in its current state.',
        body: startedJobSchema(),
        headers: { Location: 'URL of the job.' },
      },
    }),
    async handle({ caller: { tenant }, params: { id }, headers }, platform: Platform) {
      const key = readIdempotencyKey(headers);
      const run = publicRunId(await triggerJob(platform, await requireFlow(platform.db, tenant, id), key));
      const { view } = await requireJob(platform, tenant, run);
      return { status: 202, body: { ...view, _jobId: run }, headers: { location: `/v1/jobs/${run}` }, targets: [run] };
    },
  }),
];
