import type { UpstreamEnd } from '../domain/after.ts';
import type { UpstreamRunEnd } from '../domain/chain.ts';
import type { Job } from '../domain/job.ts';
import { type Db, put, query } from './db.ts';
import { absent, equals } from './expression.ts';
import { upstreamEndKey, upstreamEndsPartition } from './keys.ts';
import { recordTtlOf } from './run-item.ts';

const refOf = ({ tenant, id: jobId, incarnation }: Job) => ({ tenant, jobId, incarnation });

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
  const row = { ...upstreamEndKey(refOf(job), chainKey, end.job, end.on), ...end, ttl: recordTtlOf(purgeAt) };
  await put(db, db.tables.records, row, /* guard: chain.end.first */ absent('pk'));
}

/** Lists the ends that a job's upstream jobs have with a chain key, read consistently. */
export async function listUpstreamEnds(
  db: Db,
  job: Job,
  chainKey: string,
): Promise<(UpstreamRunEnd & { readonly on: UpstreamEnd })[]> {
  const key = equals('pk', upstreamEndsPartition(refOf(job), chainKey));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items as unknown as (UpstreamRunEnd & { readonly on: UpstreamEnd })[];
}
