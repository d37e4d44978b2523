import { type Envelope, MAX_SECRETS } from '../domain/secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, put, query, transact } from './db.ts';
import { absent, all, any, beginsWith, below, type Clause, equals, exists } from './expression.ts';
import { type Key, parseSecretName, SECRET_PREFIX, secretCountKey, secretKey, signingSecretKey } from './keys.ts';

/** An encrypted secret as stored. */
export interface StoredSecret extends Envelope {
  readonly name: string;
  /** Time of the last change of the value, ISO 8601. */
  readonly updatedAt: string;
}

/** Attributes of rows with an envelope. Workers may write rows with these attributes only. */
export const ENVELOPE_ATTRIBUTES = ['pk', 'sk', 'sealed', 'wrappedKey', 'updatedAt'] as const;

const toRow = (key: Key, { sealed, wrappedKey, updatedAt }: Omit<StoredSecret, 'name'>): Item => ({
  ...key,
  sealed,
  wrappedKey,
  updatedAt,
});

const toStored = (name: string, item: Item): StoredSecret => ({
  name,
  sealed: item.sealed as Uint8Array,
  wrappedKey: item.wrappedKey as Uint8Array,
  updatedAt: item.updatedAt as string,
});

/**
 * Replaces a secret, or stores a new one and counts it in the same transaction.
 *
 * @returns `false` if the secret is new and the tenant has the maximum number of secrets
 */
export async function putSecret(db: Db, tenant: TenantId, secret: StoredSecret): Promise<boolean> {
  const row = toRow(secretKey(tenant, secret.name), secret);
  if (await put(db, db.tables.access, row, exists('pk'))) return true;
  const isNew = absent('pk');
  const hasRoom = any(absent('count'), below('count', /* guard: secret.limit */ MAX_SECRETS));
  const failed = await transact(db, [
    { table: db.tables.access, update: secretCountKey(tenant), changes: { add: { count: 1 } }, condition: hasRoom },
    { table: db.tables.access, put: row, condition: isNew },
  ]);
  // A concurrent request has created the secret.
  if (failed === 1) return put(db, db.tables.access, row, exists('pk'));
  return failed < 0;
}

/** Replaces the envelope of a secret, unless the secret was changed or deleted after it was read. */
export async function replaceEnvelope(
  db: Db,
  tenant: TenantId,
  seen: StoredSecret,
  envelope: Envelope,
): Promise<boolean> {
  const row = toRow(secretKey(tenant, seen.name), { ...envelope, updatedAt: seen.updatedAt });
  return put(db, db.tables.access, row, /* guard: secret.reencrypt.unchanged */ equals('sealed', seen.sealed));
}

/** Reads consistently, so that a run uses a secret that was set before. */
export async function getSecret(db: Db, tenant: TenantId, name: string): Promise<StoredSecret | undefined> {
  const item = await get(db, db.tables.access, secretKey(tenant, name));
  return item && toStored(name, item);
}

/** Lists the tenant's secrets, sorted by name. */
export async function listSecrets(db: Db, tenant: TenantId): Promise<readonly StoredSecret[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', SECRET_PREFIX));
  const items = await query(db, db.tables.access, key, { consistent: true });
  return items.map((item) => toStored(parseSecretName(item.sk as string), item));
}

/** @returns `false` if the secret does not exist */
export async function removeSecret(db: Db, tenant: TenantId, name: string): Promise<boolean> {
  const failed = await transact(db, [
    { table: db.tables.access, remove: secretKey(tenant, name), condition: exists('pk') },
    { table: db.tables.access, update: secretCountKey(tenant), changes: { add: { count: -1 } } },
  ]);
  return failed < 0;
}

/** Returns the encrypted signing secrets of the tenant, read consistently. */
export async function getSigningSecret(db: Db, tenant: TenantId): Promise<StoredSecret | undefined> {
  const item = await get(db, db.tables.access, signingSecretKey(tenant));
  return item && toStored('', item);
}

/**
 * Stores the signing secrets of the tenant.
 *
 * @param seen what they replace; `undefined` for the first ones
 *
 * @returns `false` if they were changed after `seen` was read
 */
export async function putSigningSecret(
  db: Db,
  tenant: TenantId,
  secret: Omit<StoredSecret, 'name'>,
  seen: StoredSecret | undefined,
): Promise<boolean> {
  const unchanged: Clause = seen
    ? // guard: signing-secret.unchanged
      equals('sealed', seen.sealed)
    : // guard: signing-secret.first
      absent('pk');
  return put(db, db.tables.access, toRow(signingSecretKey(tenant), secret), unchanged);
}
