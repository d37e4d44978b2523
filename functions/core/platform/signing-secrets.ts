import { randomBytes } from 'node:crypto';
import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import {
  currentSecret,
  formatSigningSecrets,
  parseSigningSecrets,
  rotateSecrets,
  type SigningSecret,
  validSecrets,
} from '../domain/signing-secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import { TtlCache } from './ttl-cache.ts';

/** Size of a secret in bytes; Standard Webhooks requires 24 to 64. */
const SECRET_BYTES = 32;
/** Lifetime of cached secrets, after which a rotation applies everywhere. */
const TTL_MS = 60_000;
const CACHE_SIZE = 1_000;

/** The tenants' `whsec_` secrets, which sign `http` jobs and notifications. A secret is created on first use. */
export interface SigningSecrets {
  /** Returns the secret that receivers should use. */
  current(tenant: TenantId): Promise<string>;
  /** Returns all secrets that sign requests: the current one and those replaced less than a day ago. */
  valid(tenant: TenantId): Promise<readonly string[]>;
  /** Creates a new secret; the previous ones stay valid for a day. Calls must not overlap. */
  rotate(tenant: TenantId): Promise<string>;
}

/**
 * Stores the secrets as SSM SecureString parameters `<path>/<tenant>/signing-secret` and caches them; call it once per
 * execution environment.
 */
export function createSigningSecrets(ssm: SSMClient, path: string, now: () => number = Date.now): SigningSecrets {
  const cache = new TtlCache<readonly SigningSecret[]>({ ttlMs: TTL_MS, size: CACHE_SIZE, now });
  const nameOf = (tenant: TenantId) => `${path}/${tenant}/signing-secret`;

  const load = async (tenant: TenantId): Promise<readonly SigningSecret[]> => {
    const at = now();
    const stored = (await read(ssm, nameOf(tenant))) ?? (await create(ssm, nameOf(tenant)));
    const secrets = parseSigningSecrets(stored);
    cache.set(tenant, secrets, at);
    return secrets;
  };
  return {
    current: async (tenant) => currentSecret(await load(tenant)),
    valid: async (tenant) => validSecrets(cache.get(tenant) ?? (await load(tenant)), now()),
    async rotate(tenant) {
      const secrets = rotateSecrets(await load(tenant), newSecret(), now());
      await put(ssm, nameOf(tenant), formatSigningSecrets(secrets), true);
      cache.set(tenant, secrets, now());
      return currentSecret(secrets);
    },
  };
}

const newSecret = () => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

async function read(ssm: SSMClient, name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

async function create(ssm: SSMClient, name: string): Promise<string> {
  const secret = newSecret();
  try {
    await put(ssm, name, secret, false);
    return secret;
  } catch (error) {
    if (/* guard: signing-secret.first */ !(error instanceof ParameterAlreadyExists)) throw error;
    const other = await read(ssm, name);
    if (other === undefined) throw error;
    return other;
  }
}

async function put(ssm: SSMClient, name: string, value: string, overwrite: boolean): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: overwrite }));
}
