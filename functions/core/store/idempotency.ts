import { createHash } from 'node:crypto';
import type { RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get } from './db.ts';
import { idempotencyKey } from './keys.ts';

/** What is stored of an idempotency key: it is the client's, and means something for one job only. */
export function hashIdempotencyKey(jobId: string, incarnation: string, key: string): string {
  return createHash('sha256').update(`${jobId}#${incarnation}#${key}`).digest('base64url');
}

/** The run an idempotency key was used for; undefined when it was not, or is forgotten. */
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
