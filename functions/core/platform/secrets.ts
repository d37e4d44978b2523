import { JobdeckError } from '../domain/errors.ts';
import { MAX_SECRETS, SecretDamagedError, SecretUnavailableError } from '../domain/secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { getSecret, listSecrets, putSecret, removeSecret, type StoredSecret } from '../store/secrets.ts';
import type { Open, Seal, SecretPlace } from './envelope.ts';
import { TtlCache } from './ttl-cache.ts';

/** Lifetime of a cached value, after which a change applies everywhere. */
const TTL_MS = 60_000;
/** Maximum number of cached values: about 4 MB. */
const CACHE_SIZE = 1_000;

/** The metadata of a secret. */
export interface SecretInfo {
  readonly name: string;
  /** Time of the last change of the value, ISO 8601. */
  readonly updatedAt: string;
}

/** Management of a tenant's secrets. Values are write-only. Names must be validated. */
export interface Secrets {
  /** @throws JobdeckError `secret.too_many`, `secret.unavailable` */
  put(tenant: TenantId, name: string, value: string): Promise<void>;
  get(tenant: TenantId, name: string): Promise<SecretInfo | undefined>;
  /** Lists all secrets, sorted by name. */
  list(tenant: TenantId): Promise<readonly SecretInfo[]>;
  /** @returns `false` if the secret does not exist */
  remove(tenant: TenantId, name: string): Promise<boolean>;
}

/**
 * Returns the value of a secret, or `undefined` if it does not exist. Rejects with SecretUnavailableError if the store
 * or KMS cannot be reached, and with SecretDamagedError.
 */
export type ReadSecret = (tenant: TenantId, name: string) => Promise<string | undefined>;

const placeOf = (tenant: TenantId, name: string): SecretPlace => ({ tenant, use: 'secret', name });
const labelOf = (name: string) => `secret '${name}'`;

/** Creates the management of secrets, which encrypts and cannot decrypt. */
export function createSecrets({
  db,
  seal,
  now,
}: {
  readonly db: Db;
  readonly seal: Seal;
  /** Epoch milliseconds. */
  readonly now: () => number;
}): Secrets {
  return {
    async put(tenant, name, value) {
      const envelope = await seal(placeOf(tenant, name), value).catch((cause: unknown) => {
        throw new SecretUnavailableError(labelOf(name), cause);
      });
      if (await putSecret(db, tenant, { name, ...envelope, updatedAt: new Date(now()).toISOString() })) return;
      const message = `There are ${MAX_SECRETS} secrets, which is the maximum; delete one first`;
      throw new JobdeckError('conflict', 'secret.too_many', message);
    },
    async get(tenant, name) {
      const found = await getSecret(db, tenant, name);
      return found && toSecretInfo(found);
    },
    list: async (tenant) => (await listSecrets(db, tenant)).map(toSecretInfo),
    remove: (tenant, name) => removeSecret(db, tenant, name),
  };
}

/** Creates a reader that caches values for a minute; call it once per execution environment. */
export function createSecretReader({
  db,
  open,
  now,
}: {
  readonly db: Db;
  readonly open: Open;
  /** Epoch milliseconds. */
  readonly now: () => number;
}): ReadSecret {
  const cache = new TtlCache<string>({ ttlMs: TTL_MS, size: CACHE_SIZE, now });

  const load = async (tenant: TenantId, name: string): Promise<{ readonly value: string | undefined } | undefined> => {
    try {
      const stored = await getSecret(db, tenant, name);
      return stored && { value: await open(placeOf(tenant, name), stored) };
    } catch (cause) {
      // guard: secret.unavailable
      throw new SecretUnavailableError(labelOf(name), cause);
    }
  };
  return async (tenant, name) => {
    const id = `${tenant}\n${name}`;
    const known = cache.get(id);
    if (known !== undefined) return known;
    const at = now();
    const loaded = await load(tenant, name);
    if (!loaded) return undefined;
    if (loaded.value === undefined)
      throw new SecretDamagedError(labelOf(name), `PUT /v1/secrets/${name} sets it again`);
    cache.set(id, loaded.value, at);
    return loaded.value;
  };
}

const toSecretInfo = ({ name, updatedAt }: StoredSecret): SecretInfo => ({ name, updatedAt });
