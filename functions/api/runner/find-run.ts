import { JobdeckError } from '../../core/domain/errors.ts';
import type { Run, SkippedTick } from '../../core/domain/run.ts';
import { parseRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { getTickRows } from '../../core/store/runs.ts';
import { findJob } from '../definition/find-job.ts';

/**
 * The error for a run that does not exist, has expired, or belongs to another job, a deleted job or another tenant. The
 * cases are indistinguishable.
 */
export const runNotFoundError = () => new JobdeckError('not_found', 'run.not_found', 'Run not found');

/**
 * Returns a run or skipped tick of this job.
 *
 * @throws JobdeckError `run.not_found`
 */
export async function requireRun(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  jobId: string,
  runId: string,
): Promise<Run | SkippedTick> {
  const ref = parseRunId(tenant, runId);
  if (ref?.jobId !== jobId) throw runNotFoundError();
  const [job, [found]] = await Promise.all([findJob(db, tenant, jobId), getTickRows(db, ref, [ref.ulid])]);
  const row = found?.run ?? found?.skipped;
  if (!row || job?.incarnation !== ref.incarnation || isPurgeDue(row, now())) throw runNotFoundError();
  return row;
}
