import { createHash } from 'node:crypto';
import type { RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get } from './db.ts';
import { idempotencyKey } from './keys.ts';

/** Returns the stored form of an idempotency key. The scope of a key is one incarnation of a job. */
export function hashIdempotencyKey(jobId: string, incarnation: string, key: string): string {
  return createHash('sha256').update(`${jobId}#${incarnation}#${key}`).digest('base64url');
}

/** Returns the run that an idempotency key was used for, or `undefined` if the key is unused or expired. */
export async function findByIdempotencyKey(
  db: Db,
  tenant: TenantId,
  keyHash: string,
  now: number,
): Promise<RunRef | undefined> {
  const item = await get(db, db.tables.access, idempotencyKey(tenant, keyHash));
  if (!item || /* guard: idempotency-key.expired */ (item.ttl as number) * 1_000 <= now) return undefined;
  return { tenant, jobId: item.jobId as string, incarnation: item.incarnation as string, ulid: item.ulid as string };
}
