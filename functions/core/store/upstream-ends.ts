import type { UpstreamEnd } from '../domain/after.ts';
import type { UpstreamRunEnd } from '../domain/chain.ts';
import type { Job } from '../domain/job.ts';
import { type Db, get, put, query } from './db.ts';
import { absent, equals } from './expression.ts';
import { firstEndKey, jobRefOf, upstreamEndKey, upstreamEndsPartition } from './keys.ts';
import { recordTtlOf } from './run-item.ts';

/**
 * Records that a run of an upstream job ended as a job requires, unless an earlier one did. A job whose requirement
 * changes waits for new ends.
 *
 * @param purgeAt end of the retention of the upstream run, ISO 8601
 */
export async function putUpstreamEnd(
  db: Db,
  job: Job,
  chainKey: string,
  end: UpstreamRunEnd & { readonly on: UpstreamEnd },
  purgeAt: string,
): Promise<void> {
  const row = { ...upstreamEndKey(jobRefOf(job), chainKey, end.job, end.on), ...end, ttl: recordTtlOf(purgeAt) };
  await put(db, db.tables.records, row, /* guard: chain.end.first */ absent('pk'));
}

/**
 * Records the end after which a job starts that waits for any of several upstream jobs, unless one is recorded.
 *
 * @param purgeAt end of the retention of the upstream run, ISO 8601
 * @returns the recorded end
 */
export async function putFirstEnd(
  db: Db,
  job: Job,
  chainKey: string,
  end: UpstreamRunEnd,
  purgeAt: string,
): Promise<UpstreamRunEnd> {
  const key = firstEndKey(jobRefOf(job), chainKey);
  const table = db.tables.records;
  const row = { ...key, ...end, ttl: recordTtlOf(purgeAt) };
  const isFirst = await put(db, table, row, /* guard: chain.any.first */ absent('pk'));
  return isFirst ? end : (((await get(db, table, key)) as UpstreamRunEnd | undefined) ?? end);
}

/** Lists the ends that a job's upstream jobs have with a chain key, read consistently. */
export async function listUpstreamEnds(
  db: Db,
  job: Job,
  chainKey: string,
): Promise<(UpstreamRunEnd & { readonly on: UpstreamEnd })[]> {
  const key = equals('pk', upstreamEndsPartition(jobRefOf(job), chainKey));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items as unknown as (UpstreamRunEnd & { readonly on: UpstreamEnd })[];
}
