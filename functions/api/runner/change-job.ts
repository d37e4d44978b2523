import type { Definition } from '../../domain/definition.ts';
import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { replaceJob } from '../../store/jobs.ts';
import { requireJob } from './not-found.ts';

/** Tries at a change that others overtake. */
const TRIES = 8;

/**
 * Changes a job to what `change` makes of it, on the newest version; nothing is written when it stays as it is.
 *
 * @throws JobdeckError `job.not_found`, or `job.busy` (conflict) when others changed it at every try
 */
export async function changeJob(
  { db, now }: Platform,
  tenant: TenantId,
  id: string,
  change: (job: Job) => Partial<Definition> | undefined,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const job = await requireJob(db, tenant, id);
    const changed = change(job);
    if (!changed) return;
    const updatedAt = new Date(now()).toISOString();
    if (await replaceJob(db, { ...job, ...changed, version: job.version + 1, updatedAt })) return;
  }
  throw new JobdeckError('conflict', 'job.busy', `Job '${id}' is being changed by others; try it again`);
}
