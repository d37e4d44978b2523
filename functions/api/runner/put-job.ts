import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { jobReplacement } from '../definition/documented-requests.ts';
import { etagOf } from '../definition/job-etag.ts';
import { jobRequest } from '../definition/job-request.ts';
import { putJob as writeJob } from '../definition/put-job.ts';
import { readIfMatch } from '../http/if-match.ts';
import { readIfNoneMatch } from '../http/if-none-match.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { validate } from '../http/validate.ts';
import { ETAG, ifMatchHeader, ifNoneMatchHeader, namedSchema } from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';

const storedJob = lazy(() =>
  namedSchema(
    'RunnerStoredJob',
    z.object({
      ok: z.literal(true),
      id: z.string(),
      version: z.int().min(1),
      changed: z.boolean().describe('`false` if the job had this definition already: its version stays.'),
    }),
  ),
);

/** The job after a request that creates or replaces it. */
export type StoredJobView = ViewOf<typeof storedJob>;

export const putJob = route({
  method: 'PUT',
  path: '/jobs/{id}',
  operation: 'createOrReplaceJob',
  action: 'define',
  body: () => z.record(z.string(), z.unknown()),
  openapi: () => ({
    summary: 'Create or replace a job',
    description:
      'Creates the job, or replaces its whole definition: omitted fields take their defaults. Running runs continue.',
    pathParameters: jobParameter(),
    headers: [ifMatchHeader(), ifNoneMatchHeader()],
    body: jobReplacement(),
    bodyExample: { name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' },
    errors: [409, 412],
  }),
  responses: () => ({
    200: { description: 'The job was replaced, or had this definition already.', body: storedJob(), headers: ETAG },
    201: {
      description: 'The job was created.',
      body: storedJob(),
      headers: { Location: 'The path of the job.', ...ETAG },
    },
  }),
  async handle({ caller: { tenant }, params: { id }, body, headers }, platform: Platform) {
    const preconditions = { ifMatch: readIfMatch(headers), ifNoneMatch: readIfNoneMatch(headers) };
    if (body.id !== undefined && body.id !== null && body.id !== id) {
      throw new InvalidInput('id', `must be absent or the id in the path, '${id}', got ${JSON.stringify(body.id)}`);
    }
    const given = validate(jobRequest(), { ...body, id }, 'body');
    const { job, outcome } = await writeJob(platform, tenant, given, preconditions);
    const stored = { ok: true as const, id, version: job.version, changed: outcome !== 'unchanged' };
    const etag = etagOf(job);
    return outcome === 'created'
      ? { status: 201, body: stored, headers: { location: `/jobs/${id}`, etag } }
      : { status: 200, body: stored, headers: { etag } };
  },
});
