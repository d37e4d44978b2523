import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, put } from './db.ts';
import { absent } from './expression.ts';
import { cursorSecretKey } from './keys.ts';

/** Returns the secret that signs the tenant's cursors, or `undefined` if there is none. */
export async function getCursorSecret(db: Db, tenant: TenantId): Promise<string | undefined> {
  const item = await get(db, db.tables.access, cursorSecretKey(tenant));
  return item?.secret as string | undefined;
}

/** @returns `false` if the tenant has a secret already */
export async function putCursorSecret(db: Db, tenant: TenantId, secret: string): Promise<boolean> {
  return put(
    db,
    db.tables.access,
    { ...cursorSecretKey(tenant), secret },
    // guard: cursor-secret.first
    absent('pk'),
  );
}
