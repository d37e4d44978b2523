import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  type Parameter,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { JobdeckError } from '../domain/errors.ts';
import { MAX_SECRETS } from '../domain/secret.ts';
import type { TenantId } from '../domain/tenant.ts';
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
  /** @throws JobdeckError `secret.too_many` */
  put(tenant: TenantId, name: string, value: string): Promise<void>;
  get(tenant: TenantId, name: string): Promise<SecretInfo | undefined>;
  /** Lists all secrets, sorted by name. */
  list(tenant: TenantId): Promise<readonly SecretInfo[]>;
  /** @returns `false` if the secret does not exist */
  remove(tenant: TenantId, name: string): Promise<boolean>;
}

/** Returns the value of a secret, or `undefined` if it does not exist. */
export type ReadSecret = (tenant: TenantId, name: string) => Promise<string | undefined>;

const folder = (path: string, tenant: TenantId) => `${path}/${tenant}/secrets`;

/** Stores secrets as SSM SecureString parameters `<path>/<tenant>/secrets/<name>`. */
export function createSecrets(ssm: SSMClient, path: string): Secrets {
  const nameOf = (tenant: TenantId, name: string) => `${folder(path, tenant)}/${name}`;
  const secrets: Secrets = {
    async put(tenant, name, value) {
      if (!(await secrets.get(tenant, name)) && (await secrets.list(tenant)).length >= MAX_SECRETS) {
        const message = `There are ${MAX_SECRETS} secrets, which is the maximum; delete one first`;
        throw new JobdeckError('conflict', 'secret.too_many', message);
      }
      await ssm.send(
        new PutParameterCommand({
          Name: nameOf(tenant, name),
          Value: value,
          Type: 'SecureString',
          // Explicit, because the account's default may be a tier that costs money.
          Tier: 'Standard',
          Overwrite: true,
        }),
      );
    },
    async get(tenant, name) {
      const parameter = await undefinedIfMissing(ssm.send(new GetParameterCommand({ Name: nameOf(tenant, name) })));
      return parameter?.Parameter && toSecretInfo(parameter.Parameter);
    },
    async list(tenant) {
      const found: SecretInfo[] = [];
      let next: string | undefined;
      do {
        const page = await ssm.send(
          new GetParametersByPathCommand({
            Path: folder(path, tenant),
            ...(next !== undefined && { NextToken: next }),
          }),
        );
        found.push(...(page.Parameters ?? []).map(toSecretInfo));
        next = page.NextToken;
      } while (next);
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async remove(tenant, name) {
      return (
        (await undefinedIfMissing(ssm.send(new DeleteParameterCommand({ Name: nameOf(tenant, name) })))) !== undefined
      );
    },
  };
  return secrets;
}

/** Creates a reader that caches values for a minute; call it once per execution environment. */
export function createSecretReader(ssm: SSMClient, path: string, now: () => number = Date.now): ReadSecret {
  const cache = new TtlCache<string>({ ttlMs: TTL_MS, size: CACHE_SIZE, now });
  return async (tenant, name) => {
    const parameter = `${folder(path, tenant)}/${name}`;
    const known = cache.get(parameter);
    if (known !== undefined) return known;
    const at = now();
    const found = await undefinedIfMissing(
      ssm.send(new GetParameterCommand({ Name: parameter, WithDecryption: true })),
    );
    const value = found?.Parameter?.Value;
    if (value !== undefined) cache.set(parameter, value, at);
    return value;
  };
}

function toSecretInfo({ Name = '', LastModifiedDate }: Parameter): SecretInfo {
  return {
    name: Name.slice(Name.lastIndexOf('/') + 1),
    updatedAt: (LastModifiedDate ?? new Date(0)).toISOString(),
  };
}

async function undefinedIfMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}
