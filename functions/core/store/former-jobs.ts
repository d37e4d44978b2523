import type { Job } from '../domain/job.ts';
import { type Db, get, query, removeMany, type Write } from './db.ts';
import { equals } from './expression.ts';
import { fromJob, toJob } from './job-item.ts';
import { formerJobKey, formerJobsPartition, type JobRef, type Key } from './keys.ts';

/**
 * Former definitions of a job that are kept, at most: each takes the place of the one this many versions before it, so
 * that what a job leaves behind is bounded however often it is changed.
 */
export const MAX_FORMER_VERSIONS = 100;

/** What is kept of a definition when another one takes its place. */
export interface FormerJob {
  readonly job: Job;
  /** Epoch milliseconds by which no run is left that began with it. */
  readonly keptUntil: number;
}

const keyOf = (job: JobRef, version: number): Key => formerJobKey(job, version % MAX_FORMER_VERSIONS);
const refOf = ({ tenant, id: jobId, incarnation }: Job): JobRef => ({ tenant, jobId, incarnation });

/** The write that keeps it. */
export const formerJobWrite = (db: Db, { job, keptUntil }: FormerJob): Write => ({
  table: db.tables.records,
  put: { ...fromJob(job), ...keyOf(refOf(job), job.version), ttl: Math.ceil(keptUntil / 1_000) },
});

/** The job as it was defined in a version before the one of now; undefined when that is not kept. */
export async function getFormerJob(db: Db, ref: JobRef, version: number): Promise<Job | undefined> {
  const item = await get(db, db.tables.records, keyOf(ref, version));
  if (item?.version !== version) return undefined;
  const { ttl, ...stored } = item;
  return toJob({ ...stored, pk: ref.tenant });
}

/** Removes all that is kept of a job's former definitions. */
export async function removeFormerJobs(db: Db, ref: JobRef): Promise<void> {
  const items = await query(db, db.tables.records, equals('pk', formerJobsPartition(ref)), {
    attributes: ['pk', 'sk'],
  });
  await removeMany(db, db.tables.records, items as unknown as Key[]);
}
