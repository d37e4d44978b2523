import { randomBytes } from 'node:crypto';
import { SecretDamagedError, SecretUnavailableError } from '../domain/secret.ts';
import {
  currentSecret,
  formatSigningSecrets,
  parseSigningSecrets,
  rotateSecrets,
  type SigningSecret,
  validSecrets,
} from '../domain/signing-secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from '../store/db.ts';
import { getSigningSecret, putSigningSecret, type StoredSecret } from '../store/secrets.ts';
import type { Open, Seal, SecretPlace } from './envelope.ts';
import { TtlCache } from './ttl-cache.ts';

/** Size of a secret in bytes; Standard Webhooks requires 24 to 64. */
const SECRET_BYTES = 32;
/** Lifetime of cached secrets, after which a rotation applies everywhere. */
const TTL_MS = 60_000;
const CACHE_SIZE = 1_000;

/**
 * The tenants' `whsec_` secrets, which sign `http` jobs and notifications. A secret is created on first use. All methods
 * reject with SecretUnavailableError if the store or KMS cannot be reached, and with SecretDamagedError.
 */
export interface SigningSecrets {
  /** Returns the secret that receivers should use. */
  current(tenant: TenantId): Promise<string>;
  /** Returns all secrets that sign requests: the current one and those replaced less than a day ago. */
  valid(tenant: TenantId): Promise<readonly string[]>;
  /** Creates a new secret; the previous ones stay valid for a day. Calls must not overlap. */
  rotate(tenant: TenantId): Promise<string>;
}

export interface SigningSecretOptions {
  readonly db: Db;
  readonly seal: Seal;
  readonly open: Open;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The signing secrets of a tenant with the row that holds them. */
interface Loaded {
  readonly secrets: readonly SigningSecret[];
  readonly stored: StoredSecret | undefined;
}

const LABEL = 'the signing secret';
const placeOf = (tenant: TenantId): SecretPlace => ({ tenant, use: 'signing-secret', name: '' });
const newSecret = () => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

/** Creates the signing secrets, which are encrypted in the store and cached; call it once per execution environment. */
export function createSigningSecrets({ db, seal, open, now }: SigningSecretOptions): SigningSecrets {
  const cache = new TtlCache<readonly SigningSecret[]>({ ttlMs: TTL_MS, size: CACHE_SIZE, now });

  const read = async (tenant: TenantId): Promise<Loaded | undefined> => {
    const stored = await getSigningSecret(db, tenant);
    if (!stored) return undefined;
    const text = await open(placeOf(tenant), stored);
    if (text === undefined) throw new SecretDamagedError(LABEL, 'an operator has to delete its row');
    return { secrets: parseSigningSecrets(text), stored };
  };
  const store = async (tenant: TenantId, secrets: readonly SigningSecret[], seen: StoredSecret | undefined) => {
    const envelope = await seal(placeOf(tenant), formatSigningSecrets(secrets));
    return putSigningSecret(db, tenant, { ...envelope, updatedAt: new Date(now()).toISOString() }, seen);
  };
  const create = async (tenant: TenantId): Promise<Loaded> => {
    const secrets = parseSigningSecrets(newSecret());
    if (await store(tenant, secrets, undefined)) return { secrets, stored: undefined };
    const other = await read(tenant);
    if (!other) throw new Error(`the signing secret of ${tenant} was created and deleted concurrently`);
    return other;
  };
  const load = async (tenant: TenantId): Promise<Loaded> => {
    const at = now();
    const loaded = (await read(tenant)) ?? (await create(tenant));
    cache.set(tenant, loaded.secrets, at);
    return loaded;
  };
  const rotate = async (tenant: TenantId): Promise<string> => {
    const { secrets: before, stored = await getSigningSecret(db, tenant) } = await load(tenant);
    const secrets = rotateSecrets(before, newSecret(), now());
    if (!(await store(tenant, secrets, stored))) throw new Error('the signing secret was changed concurrently');
    cache.set(tenant, secrets, now());
    return currentSecret(secrets);
  };
  return {
    current: (tenant) => asAvailable(async () => currentSecret((await load(tenant)).secrets)),
    valid: (tenant) => asAvailable(async () => validSecrets(cache.get(tenant) ?? (await load(tenant)).secrets, now())),
    rotate: (tenant) => asAvailable(() => rotate(tenant)),
  };
}

/** Marks failures of the store and of KMS as temporary. */
async function asAvailable<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof SecretDamagedError) throw error;
    throw new SecretUnavailableError(LABEL, error);
  }
}
