import { randomBytes } from 'node:crypto';
import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { TenantId } from '../domain/tenant.ts';

/** Bytes of a secret: Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;
/** How long a secret that was read is kept in memory. */
const CACHE_MS = 5 * 60_000;

/** Gives each tenant's `whsec_` secret, with which its `http` jobs are signed. Made when first asked for. */
export type SigningSecrets = (tenant: TenantId) => Promise<string>;

/** Kept as SSM SecureString parameters under `<path>/<tenant>/signing-secret`. */
export function createSigningSecrets(ssm: SSMClient, path: string): SigningSecrets {
  const cache = new Map<TenantId, { readonly secret: string; readonly until: number }>();
  return async (tenant) => {
    const cached = cache.get(tenant);
    if (cached && cached.until > Date.now()) return cached.secret;
    const name = `${path}/${tenant}/signing-secret`;
    const secret = (await read(ssm, name)) ?? (await create(ssm, name));
    cache.set(tenant, { secret, until: Date.now() + CACHE_MS });
    return secret;
  };
}

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
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  try {
    await ssm.send(new PutParameterCommand({ Name: name, Value: secret, Type: 'SecureString', Overwrite: false }));
    return secret;
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
    const other = await read(ssm, name);
    if (other === undefined) throw error;
    return other;
  }
}
