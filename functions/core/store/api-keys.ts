import { ROLES, type Role } from '../domain/access.ts';
import { type ApiKey, LAST_USE_RESOLUTION_MS, MAX_API_KEYS } from '../domain/api-key.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, query, transact, update } from './db.ts';
import { absent, all, any, atMost, beginsWith, below, equals, exists } from './expression.ts';
import { API_KEY_PREFIX, apiKeyCountKey, apiKeyKey } from './keys.ts';

/**
 * Stores a new key and counts it in the same transaction.
 *
 * @returns `false` if the tenant has the maximum number of keys
 */
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

/** Reads consistently, so that a new key is valid at once. */
export async function getApiKey(db: Db, tenant: TenantId, id: string): Promise<ApiKey | undefined> {
  const item = await get(db, db.tables.access, apiKeyKey(tenant, id));
  return item && fromItem(tenant, item);
}

/** Lists the tenant's keys, oldest first. */
export async function listApiKeys(db: Db, tenant: TenantId): Promise<readonly ApiKey[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', API_KEY_PREFIX));
  const items = await query(db, db.tables.access, key, { consistent: true });
  return items.map((item) => fromItem(tenant, item));
}

/** @returns `false` if the key does not exist */
export async function removeApiKey(db: Db, tenant: TenantId, id: string): Promise<boolean> {
  const failed = await transact(db, [
    { table: db.tables.access, remove: apiKeyKey(tenant, id), condition: exists('pk') },
    { table: db.tables.access, update: apiKeyCountKey(tenant), changes: { add: { count: -1 } } },
  ]);
  return failed < 0;
}

/** Records the use of a key at `now`, unless a use within the last hour is recorded or the key was deleted. */
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
    // Roles that no longer exist are dropped.
    roles: ROLES.filter((role) => roles.includes(role)),
    hash: item.hash as string,
    createdAt: item.createdAt as string,
    createdBy: item.createdBy as string,
    lastUsedAt: (item.lastUsedAt as string | undefined) ?? null,
  };
}
