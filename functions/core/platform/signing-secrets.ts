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

/** Bytes of a secret: Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;
/** How long what was read is kept in memory: a new secret is used everywhere after that. */
const TTL_MS = 60_000;
const CACHE_SIZE = 1_000;

/** The tenants' `whsec_` secrets, with which `http` jobs and notifications are signed. Made when first asked for. */
export interface SigningSecrets {
  /** The one that receivers are to have. */
  current(tenant: TenantId): Promise<string>;
  /** All that requests are signed with: the current one, and those that it took the place of a while ago. */
  valid(tenant: TenantId): Promise<readonly string[]>;
  /** Makes a new one; those before it stay valid for a day. Not to be done twice at a time. */
  rotate(tenant: TenantId): Promise<string>;
}

/** Kept as SSM SecureString parameters under `<path>/<tenant>/signing-secret`. Make it once: it keeps what it read. */
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
