import type { TenantId } from '../domain/tenant.ts';
import { type Db, put } from './db.ts';
import { absent, any, atMost } from './expression.ts';
import { rotationKey } from './keys.ts';

/** Long enough to change a secret: nobody else does meanwhile. */
const ROTATION_MS = 10_000;

/** Takes the turn to change the tenant's signing secret; false when somebody did so in the last 10 seconds. */
export async function acquireRotation(db: Db, tenant: TenantId, now: number): Promise<boolean> {
  const until = now + ROTATION_MS;
  const row = { ...rotationKey(tenant), until, ttl: Math.ceil(until / 1_000) };
  return put(db, db.tables.access, row, /* guard: signing-secret.rotation */ any(absent('pk'), atMost('until', now)));
}
