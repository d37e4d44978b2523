import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getJob } from '../../core/store/jobs.ts';
import type { IfMatch } from '../http/if-match.ts';
import type { IfNoneMatch } from '../http/if-none-match.ts';
import { jobNotFoundError } from './find-job.ts';
import { noJobError } from './job-etag.ts';
import type { JobRequest } from './job-request.ts';
import { toDefinition } from './to-definition.ts';
import { assertMayReplace, changeJob, defineJob } from './write-job.ts';

/** Conditions under which a job is created or replaced. */
export interface Preconditions {
  /** Versions that the job may have. @defaultValue any version, or none */
  readonly ifMatch?: IfMatch | undefined;
  /** Requires that the job does not exist. @defaultValue not required */
  readonly ifNoneMatch?: IfNoneMatch | undefined;
}

export interface PutResult {
  readonly job: Job;
  /** `unchanged`: the job had this definition already, and nothing was written. */
  readonly outcome: 'created' | 'changed' | 'unchanged';
}

/** Attempts at a request that conflicts with concurrent creations and deletions of the job. */
const MAX_TRIES = 8;

/**
 * Creates a job, or replaces its whole definition. Omitted fields take their defaults, not the values that the job has.
 *
 * @throws InvalidInput if the definition is invalid
 * @throws JobdeckError `job.changed` or `job.exists` (precondition) if a precondition does not hold
 * @throws JobdeckError `job.busy` (conflict) after repeated conflicts with concurrent changes
 * @throws the errors of `defineJob` and `changeJob`
 */
export async function putJob(
  platform: Platform,
  tenant: TenantId,
  given: JobRequest,
  preconditions: Preconditions,
): Promise<PutResult> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const job = await getJob(platform.db, tenant, given.id);
    const result = job
      ? await replaceJob(platform, job, given, preconditions)
      : await createJob(platform, tenant, given, preconditions);
    if (result) return result;
  }
  throw new JobdeckError('conflict', 'job.busy', `Job '${given.id}' is being changed by other requests; try again`);
}

/** @returns `undefined` if the job was created by another request */
async function createJob(
  platform: Platform,
  tenant: TenantId,
  given: JobRequest,
  { ifMatch }: Preconditions,
): Promise<PutResult | undefined> {
  if (ifMatch !== undefined) throw noJobError(ifMatch);
  try {
    return { job: await defineJob(platform, tenant, given), outcome: 'created' };
  } catch (error) {
    if (error instanceof JobdeckError && error.code === 'job.exists') return undefined;
    throw error;
  }
}

/** @returns `undefined` if the job was deleted by another request */
async function replaceJob(
  platform: Platform,
  found: Job,
  given: JobRequest,
  { ifMatch, ifNoneMatch }: Preconditions,
): Promise<PutResult | undefined> {
  const { db, now } = platform;
  // guard: job.if-none-match
  if (ifNoneMatch !== undefined) throw jobExistsError(found);
  const definition = toDefinition(given);
  let read: Job | undefined = found;
  const find = async () => {
    const job = read ?? (await getJob(db, found.tenant, found.id));
    read = undefined;
    if (!job) throw jobNotFoundError();
    return job;
  };
  let replaced = found;
  const replace = async (job: Job) => {
    replaced = job;
    await assertMayReplace(job, definition, now());
    return definition;
  };
  try {
    const job = await changeJob(platform, find, replace, ifMatch);
    return { job, outcome: job === replaced ? 'unchanged' : 'changed' };
  } catch (error) {
    if (error instanceof JobdeckError && error.code === 'job.not_found') return undefined;
    throw error;
  }
}

const jobExistsError = ({ id }: Job) =>
  new JobdeckError(
    'precondition',
    'job.exists',
    `if-none-match: must not be * for an existing job, and '${id}' exists`,
  );
