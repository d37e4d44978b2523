import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { operation } from '../http/operation.ts';
import { FlowJobReader, type JobRef, parseJobId } from './flow-jobs.ts';
import type { JobView } from './job-view.ts';

/** The same for what is no id, is another tenant's, is the run of a script, and is past its time. */
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
