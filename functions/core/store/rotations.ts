import type { TenantId } from '../domain/tenant.ts';
import { type Db, put } from './db.ts';
import { absent, any, atMost } from './expression.ts';
import { rotationKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Duration of the lock on a rotation. */
const ROTATION_MS = 10_000;

/**
 * Acquires the lock to rotate the tenant's signing secret.
 *
 * @returns `false` if it was acquired within the last 10 s
 */
export async function acquireRotation(db: Db, tenant: TenantId, now: number): Promise<boolean> {
  const until = now + ROTATION_MS;
  const row = { ...rotationKey(tenant), until, ttl: toTtl(until) };
  return put(db, db.tables.access, row, /* guard: signing-secret.rotation */ any(absent('pk'), atMost('until', now)));
}
