import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, put } from './db.ts';
import { absent } from './expression.ts';
import { cursorSecretKey } from './keys.ts';

/** What the tenant's cursors are signed with; undefined while it has none. */
export async function getCursorSecret(db: Db, tenant: TenantId): Promise<string | undefined> {
  const item = await get(db, db.tables.access, cursorSecretKey(tenant));
  return item?.secret as string | undefined;
}

/** Gives the tenant this secret; false when it has one. */
export async function putCursorSecret(db: Db, tenant: TenantId, secret: string): Promise<boolean> {
  return put(
    db,
    db.tables.access,
    { ...cursorSecretKey(tenant), secret },
    // guard: cursor-secret.first
    absent('pk'),
  );
}
