import type { Job } from '../domain/job.ts';
import { type Db, get, query, removeMany, type Write } from './db.ts';
import { equals } from './expression.ts';
import { fromJob, toJob } from './job-item.ts';
import { formerJobKey, formerJobsPartition, type JobRef, jobRefOf, type Key } from './keys.ts';
import { toTtl } from './ttl.ts';

/**
 * Maximum number of former definitions of a job. A new one replaces the one this many versions before, so that the
 * stored data is bounded.
 */
export const MAX_FORMER_VERSIONS = 100;

/** A former definition of a job. */
export interface FormerJob {
  readonly job: Job;
  /** Epoch milliseconds after which no run with this definition exists. */
  readonly keptUntil: number;
}

const keyOf = (job: JobRef, version: number): Key => formerJobKey(job, version % MAX_FORMER_VERSIONS);
/** Returns the transactional write that stores a former definition. */
export const formerJobWrite = (db: Db, { job, keptUntil }: FormerJob): Write => ({
  table: db.tables.records,
  put: { ...fromJob(job), ...keyOf(jobRefOf(job), job.version), ttl: toTtl(keptUntil) },
});

/** Returns the job as defined in a former version, or `undefined` if that version is not stored. */
export async function getFormerJob(db: Db, ref: JobRef, version: number): Promise<Job | undefined> {
  const item = await get(db, db.tables.records, keyOf(ref, version));
  if (item?.version !== version) return undefined;
  const { ttl, ...stored } = item;
  return toJob({ ...stored, pk: ref.tenant });
}

/** Deletes all former definitions of a job. */
export async function removeFormerJobs(db: Db, ref: JobRef): Promise<void> {
  const items = await query(db, db.tables.records, equals('pk', formerJobsPartition(ref)), {
    attributes: ['pk', 'sk'],
  });
  await removeMany(db, db.tables.records, items as unknown as Key[]);
}
