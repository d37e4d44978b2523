import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, put, remove } from './db.ts';
import { scriptStateKey } from './keys.ts';

/** Returns a value stored by a script, or `undefined` if there is none. */
export async function getScriptState(db: Db, tenant: TenantId, name: string): Promise<unknown> {
  const item = await get(db, db.tables.jobs, scriptStateKey(tenant, name));
  return item && JSON.parse(item.json as string);
}

/** Stores a JSON value under a key of the tenant. */
export async function putScriptState(db: Db, tenant: TenantId, name: string, value: unknown): Promise<void> {
  await put(db, db.tables.jobs, { ...scriptStateKey(tenant, name), json: JSON.stringify(value) });
}

export async function removeScriptState(db: Db, tenant: TenantId, name: string): Promise<void> {
  await remove(db, db.tables.jobs, scriptStateKey(tenant, name));
}
