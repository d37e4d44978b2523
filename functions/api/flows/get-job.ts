import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { operation } from '../http/operation.ts';
import { FlowJobReader, type JobRef, parseJobId } from './flow-jobs.ts';
import type { JobView } from './job-view.ts';

/** Creates the same error for an invalid id, a job of another tenant, a run of a script and an expired run. */
export const jobNotFoundError = () => new JobdeckError('not_found', 'run.not_found', 'Job not found');

/** @throws JobdeckError `run.not_found` */
export async function requireJob(
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  id: string,
): Promise<JobRef & { readonly view: JobView }> {
  const job = parseJobId(tenant, id);
  const view = job && (await new FlowJobReader(platform, tenant).find(job));
  if (!view) throw jobNotFoundError();
  return { ...job, view };
}

export const getJob = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '' } }) {
      const { view } = await requireJob(platform, tenant, id);
      return { status: 200, body: view };
    },
  });
