import { ROLES, type Role } from '../domain/access.ts';
import { type ApiKey, LAST_USE_RESOLUTION_MS, MAX_API_KEYS } from '../domain/api-key.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, query, transact, update } from './db.ts';
import { absent, all, any, atMost, beginsWith, below, equals, exists } from './expression.ts';
import { API_KEY_PREFIX, apiKeyCountKey, apiKeyKey } from './keys.ts';

/** Keeps a new key; false when the tenant has as many as it may. They are counted in the same transaction. */
export async function createApiKey(db: Db, key: ApiKey): Promise<boolean> {
  const { tenant, id, ...rest } = key;
  const isNew = absent('pk');
  const hasRoom = any(absent('count'), below('count', /* guard: api-key.limit */ MAX_API_KEYS));
  const failed = await transact(db, [
    { table: db.tables.access, update: apiKeyCountKey(tenant), changes: { add: { count: 1 } }, condition: hasRoom },
    { table: db.tables.access, put: { ...apiKeyKey(tenant, id), ...rest }, condition: isNew },
  ]);
  if (failed > 0) throw new Error(`API key ${id} exists`);
  return failed < 0;
}

/** Read consistently: a key is good as soon as its maker has it. */
export async function getApiKey(db: Db, tenant: TenantId, id: string): Promise<ApiKey | undefined> {
  const item = await get(db, db.tables.access, apiKeyKey(tenant, id));
  return item && fromItem(tenant, item);
}

/** All of a tenant's, oldest first. */
export async function listApiKeys(db: Db, tenant: TenantId): Promise<readonly ApiKey[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', API_KEY_PREFIX));
  const items = await query(db, db.tables.access, key, { consistent: true });
  return items.map((item) => fromItem(tenant, item));
}

/** Forgets a key; false when there is none. */
export async function removeApiKey(db: Db, tenant: TenantId, id: string): Promise<boolean> {
  const failed = await transact(db, [
    { table: db.tables.access, remove: apiKeyKey(tenant, id), condition: exists('pk') },
    { table: db.tables.access, update: apiKeyCountKey(tenant), changes: { add: { count: -1 } } },
  ]);
  return failed < 0;
}

/** Notes that a key was used at `now`, unless that is known to the hour, or the key is gone. */
export async function recordApiKeyUse(db: Db, { tenant, id }: ApiKey, now: number): Promise<void> {
  const stale = any(absent('lastUsedAt'), atMost('lastUsedAt', iso(now - LAST_USE_RESOLUTION_MS)));
  const changes = { set: { lastUsedAt: iso(now) } };
  await update(
    db,
    db.tables.access,
    apiKeyKey(tenant, id),
    changes,
    all(/* guard: api-key.revoked */ exists('pk'), stale),
  );
}

const iso = (time: number) => new Date(time).toISOString();

function fromItem(tenant: TenantId, item: Item): ApiKey {
  const roles = item.roles as readonly Role[];
  return {
    tenant,
    id: (item.sk as string).slice(API_KEY_PREFIX.length),
    name: item.name as string,
    // Of a role that was done away with nothing is left.
    roles: ROLES.filter((role) => roles.includes(role)),
    hash: item.hash as string,
    createdAt: item.createdAt as string,
    createdBy: item.createdBy as string,
    lastUsedAt: (item.lastUsedAt as string | undefined) ?? null,
  };
}
