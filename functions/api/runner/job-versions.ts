import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getFormerJob } from '../../core/store/former-jobs.ts';
import { definitionFields, toDefinitionView } from '../definition/definition-view.ts';
import { requireJob } from '../definition/find-job.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, pathParameter, timestamp } from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';

export const jobVersion = lazy(() =>
  namedSchema(
    'RunnerJobVersion',
    z.object({
      version: z.int().min(1),
      current: z.boolean().describe('Whether this is the current version of the job.'),
      definition: z.object(definitionFields()),
      updated_at: timestamp().describe('When the version was created.'),
    }),
  ),
);
/** A version of a job's definition. */
export type JobVersionView = ViewOf<typeof jobVersion>;

const versionNotFoundError = () => new JobdeckError('not_found', 'job.version_not_found', 'Job version not found');

export const getJobVersion = route({
  method: 'GET',
  path: '/jobs/{id}/versions/{version}',
  operation: 'getJobVersion',
  action: 'read',
  openapi: () => ({
    summary: 'Get a version of a job',
    description:
      'Returns the definition of the job at the start of a run: a run names its version in `job_version`. The newest ' +
      '100 versions are kept, each for as long as its runs.',
    pathParameters: { ...jobParameter(), ...pathParameter('version', 'The version.', '3', z.string()) },
    errors: [404],
  }),
  responses: () => ({ 200: { description: 'The definition of the job at that version.', body: jobVersion() } }),
  async handle({ caller: { tenant }, params: { id, version } }, { db }: Pick<Platform, 'db'>) {
    const job = await requireJob(db, tenant, id);
    // Version numbers are positive and have at most nine digits; other values cannot exist.
    const requestedVersion = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0;
    const ref = { tenant, jobId: id, incarnation: job.incarnation };
    const found = requestedVersion === job.version ? job : await getPreviousVersion(db, ref, requestedVersion);
    return { status: 200, body: toJobVersionView(found, job) };
  },
});

async function getPreviousVersion(
  db: Platform['db'],
  ref: Parameters<typeof getFormerJob>[1],
  version: number,
): Promise<Job> {
  const job = version > 0 ? await getFormerJob(db, ref, version) : undefined;
  if (!job) throw versionNotFoundError();
  return job;
}

const toJobVersionView = (job: Job, current: Job): JobVersionView => ({
  version: job.version,
  current: job.version === current.version,
  definition: toDefinitionView(job),
  updated_at: job.updatedAt,
});
