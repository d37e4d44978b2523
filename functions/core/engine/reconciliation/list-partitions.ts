import type { Job } from '../../domain/job.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { NamedCounter } from '../../store/counters.ts';
import { type DeletedJob, listDeletedJobs } from '../../store/deleted-jobs.ts';
import { listJobs } from '../../store/jobs.ts';
import { type JobRef, runPartition } from '../../store/keys.ts';

export interface Partitions {
  readonly jobs: readonly Job[];
  /** Deleted jobs that may still have runs. */
  readonly deletedJobs: readonly DeletedJob[];
  /** Every job that may have runs, including jobs known only by a counter. Sorted. */
  readonly all: readonly JobRef[];
}

/** Lists every job of the tenant that may have runs. */
export async function listPartitions(
  { db }: Pick<Platform, 'db'>,
  tenant: TenantId,
  counters: readonly NamedCounter[],
): Promise<Partitions> {
  // Reads existing jobs first, so that a job deleted meanwhile appears in at least one list.
  const jobs = await listJobs(db, tenant);
  const deletedJobs = await listDeletedJobs(db, tenant);
  const refs = [
    ...jobs.map(({ id, incarnation }) => ({ jobId: id, incarnation })),
    ...deletedJobs,
    ...counters.flatMap(({ counter }) => (counter.kind === 'job' ? [counter] : [])),
  ].map(({ jobId, incarnation }) => ({ tenant, jobId, incarnation }));
  const unique = new Map(refs.map((ref) => [runPartition(ref), ref]));
  const inOrder = [...unique].sort(([a], [b]) => (a < b ? -1 : 1));
  return { jobs, deletedJobs, all: inOrder.map(([, ref]) => ref) };
}
