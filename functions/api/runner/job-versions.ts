import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getFormerJob } from '../../core/store/former-jobs.ts';
import { toDefinitionView } from '../definition/definition-view.ts';
import { requireJob } from '../definition/find-job.ts';
import { operation } from '../http/operation.ts';

/** A version of a job's definition. */
export interface JobVersionView {
  readonly version: number;
  /** Whether this is the job's current version. */
  readonly current: boolean;
  readonly definition: ReturnType<typeof toDefinitionView>;
  /** When the version was created. */
  readonly updated_at: string;
}

const versionNotFoundError = () =>
  new JobdeckError('not_found', 'job.version_not_found', 'The job was never defined so, or that is not kept any more');

/** Returns a version of a job's definition. Runs name theirs in `job_version`. */
export const getJobVersion = ({ db }: Pick<Platform, 'db'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '', version = '' } }) {
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

const toJobVersionView = (job: Job, now: Job): JobVersionView => ({
  version: job.version,
  current: job.version === now.version,
  definition: toDefinitionView(job),
  updated_at: job.updatedAt,
});
