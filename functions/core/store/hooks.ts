import { type Hook, type HookScheme, MAX_HOOKS } from '../domain/hook.ts';
import type { Envelope } from '../domain/secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, put, query, transact, type Write } from './db.ts';
import { absent, all, any, beginsWith, below, equals } from './expression.ts';
import { HOOK_PREFIX, hookCountKey, hookKey, hookNameKey } from './keys.ts';

/**
 * Stores a new hook, counts it and takes its name in the same transaction.
 *
 * @returns `full` if the tenant has the maximum number of hooks, `name-taken` if another hook has the name
 */
export async function createHook(db: Db, hook: Hook): Promise<'created' | 'full' | 'name-taken'> {
  const hasRoom = any(absent('count'), below('count', /* guard: hook.limit */ MAX_HOOKS));
  const changes = { add: { count: 1 } };
  const failed = await transact(db, [
    { table: db.tables.access, update: hookCountKey(hook.tenant), changes, condition: hasRoom },
    { table: db.tables.access, put: toItem(hook, 0), condition: absent('pk') },
    ...takeName(db, hook),
  ]);
  if (failed === 1) throw new Error(`hook ${hook.id} exists`);
  if (failed < 0) return 'created';
  return failed === 0 ? 'full' : 'name-taken';
}

/** Returns the write by which a hook takes its name. */
const takeName = (db: Db, { tenant, id, name }: Hook): readonly Write[] =>
  name === null
    ? []
    : [
        {
          table: db.tables.access,
          put: { ...hookNameKey(tenant, name), hook: id },
          condition: /* guard: hook.name */ absent('pk'),
        },
      ];

/** A hook with the number of its changes. */
export interface StoredHook {
  readonly hook: Hook;
  readonly version: number;
}

/** Reads consistently, so that a new token is valid at once, and a replaced one not any more. */
export async function findHook(db: Db, tenant: TenantId, id: string): Promise<StoredHook | undefined> {
  const item = await get(db, db.tables.access, hookKey(tenant, id));
  return item && { hook: fromItem(tenant, item), version: item.version as number };
}

/** Lists the tenant's hooks, oldest first. */
export async function listHooks(db: Db, tenant: TenantId): Promise<readonly Hook[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', HOOK_PREFIX));
  const items = await query(db, db.tables.access, key, { consistent: true });
  return items.map((item) => fromItem(tenant, item));
}

/**
 * Replaces a hook.
 *
 * @returns `false` if the hook was changed or deleted after it was read
 */
export function replaceHook(db: Db, seen: StoredHook, hook: Hook): Promise<boolean> {
  const item = toItem(hook, seen.version + 1);
  return put(db, db.tables.access, item, /* guard: hook.unchanged */ equals('version', seen.version));
}

/**
 * Replaces a hook without a name by one with a name.
 *
 * @returns `changed` if the hook was changed or deleted after it was read, `name-taken` if another hook has the name
 */
export async function nameHook(db: Db, seen: StoredHook, hook: Hook): Promise<'replaced' | 'changed' | 'name-taken'> {
  const item = toItem(hook, seen.version + 1);
  const failed = await transact(db, [
    { table: db.tables.access, put: item, condition: /* guard: hook.named-once */ equals('version', seen.version) },
    ...takeName(db, hook),
  ]);
  if (failed < 0) return 'replaced';
  return failed === 0 ? 'changed' : 'name-taken';
}

/**
 * Removes a hook and frees its name.
 *
 * @returns `false` if the hook does not exist
 */
export async function removeHook(db: Db, tenant: TenantId, id: string): Promise<boolean> {
  const seen = await findHook(db, tenant, id);
  if (!seen) return false;
  const { name } = seen.hook;
  const failed = await transact(db, [
    {
      table: db.tables.access,
      remove: hookKey(tenant, id),
      condition: /* guard: hook.remove.unchanged */ equals('version', seen.version),
    },
    { table: db.tables.access, update: hookCountKey(tenant), changes: { add: { count: -1 } } },
    ...(name === null ? [] : [{ table: db.tables.access, remove: hookNameKey(tenant, name) }]),
  ]);
  // The hook was changed or deleted after it was read; a name that it has now is removed, too.
  return failed < 0 || removeHook(db, tenant, id);
}

const toItem = (hook: Hook, version: number): Item => {
  const { tenant, id, name, managedBy, secret, former, description, ...rest } = hook;
  return {
    ...hookKey(tenant, id),
    ...rest,
    ...(name !== null && { name }),
    ...(managedBy !== null && { managedBy }),
    ...(description !== null && { description }),
    ...(former && { formerHash: former.tokenHash, formerUntil: former.until }),
    ...secret,
    version,
  };
};

function fromItem(tenant: TenantId, item: Item): Hook {
  const { formerHash, formerUntil } = item as Record<string, string | undefined>;
  return {
    tenant,
    id: (item.sk as string).slice(HOOK_PREFIX.length),
    name: (item.name as string | undefined) ?? null,
    managedBy: (item.managedBy as string | undefined) ?? null,
    job: item.job as string,
    scheme: item.scheme as HookScheme,
    description: (item.description as string | undefined) ?? null,
    enabled: item.enabled as boolean,
    // Exports omit hashes and secrets: an imported hook accepts no token until it is rotated.
    tokenHash: (item.tokenHash as string | undefined) ?? '',
    former:
      formerHash !== undefined && formerUntil !== undefined ? { tokenHash: formerHash, until: formerUntil } : null,
    secret: toEnvelope(item),
    createdAt: item.createdAt as string,
    createdBy: item.createdBy as string,
  };
}

function toEnvelope({ sealed, wrappedKey }: Item): Envelope | null {
  return sealed && wrappedKey ? { sealed: sealed as Uint8Array, wrappedKey: wrappedKey as Uint8Array } : null;
}
