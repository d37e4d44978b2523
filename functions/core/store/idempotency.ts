import { createHash } from 'node:crypto';
import type { RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Write } from './db.ts';
import { absent, any, atMost } from './expression.ts';
import { idempotencyKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Returns the stored form of an idempotency key. The scope of a key is one incarnation of a job. */
export function hashIdempotencyKey(jobId: string, incarnation: string, key: string): string {
  return createHash('sha256').update(`${jobId}#${incarnation}#${key}`).digest('base64url');
}

/** The request for which an idempotency key was used. */
export interface KeyUse extends RunRef {
  /** Hash of the request's content; `undefined` for a request without content. */
  readonly contentHash: string | undefined;
}

/** Returns the run that an idempotency key was used for, or `undefined` if the key is unused or expired. */
export async function findByIdempotencyKey(
  db: Db,
  tenant: TenantId,
  keyHash: string,
  now: number,
): Promise<KeyUse | undefined> {
  const item = await get(db, db.tables.access, idempotencyKey(tenant, keyHash));
  if (!item || /* guard: idempotency-key.expired */ (item.ttl as number) * 1_000 <= now) return undefined;
  const { jobId, incarnation, ulid, contentHash } = item as Record<string, string>;
  return { tenant, jobId, incarnation, ulid, contentHash } as KeyUse;
}

/** The use of an idempotency key by a request. */
export interface KeyedRequest {
  readonly keyHash: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Hash of the request's content; `undefined` for a request without content. */
  readonly contentHash?: string | undefined;
}

/** Returns the write that maps an idempotency key to what its request creates. Fails if the unexpired key is in use. */
export function idempotencyWrite(
  db: Db,
  { tenant, jobId, incarnation, ulid }: RunRef,
  { keyHash, expiresAt, contentHash }: KeyedRequest,
  now: number,
): Write {
  const row = { jobId, incarnation, ulid, contentHash, ttl: toTtl(expiresAt) };
  return {
    table: db.tables.access,
    put: { ...idempotencyKey(tenant, keyHash), ...row },
    condition: any(absent('pk'), /* guard: idempotency-key.once */ atMost('ttl', now / 1_000)),
  };
}
