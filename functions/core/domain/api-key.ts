import { createHash } from 'node:crypto';
import type { Role } from './access.ts';
import { isUlid } from './run-id.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/** A credential with which a tenant's programs call the API. Only the hash of its secret is stored. */
export interface ApiKey {
  readonly tenant: TenantId;
  /** ULID: keys sort by creation time. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** `hashApiKey` of the complete key. */
  readonly hash: string;
  readonly createdAt: string;
  /** Name of the caller who created the key. */
  readonly createdBy: string;
  /** Last use, with the resolution `LAST_USE_RESOLUTION_MS`; null if the key was never used. */
  readonly lastUsedAt: string | null;
}

/** Maximum number of API keys of a tenant. */
export const MAX_API_KEYS = 100;

/** Minimum time between two updates of `lastUsedAt`, to avoid a write for each request. */
export const LAST_USE_RESOLUTION_MS = 60 * 60_000;

/** Random bytes in a key's secret: as many as its SHA-256 hash has. */
export const API_KEY_SECRET_BYTES = 32;

const PREFIX = 'jk_';
/** Matches 32 bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Checks whether a bearer token is an API key. No JWT starts with the prefix: a JWT starts with `{"` in base64. */
export const isApiKey = (bearer: string): boolean => bearer.startsWith(PREFIX);

export const isApiKeyId = (id: string): boolean => isUlid(id);

/** Returns `jk_<tenant>.<id>.<secret>`. None of the three parts can contain a dot. */
export const formatApiKey = (tenant: TenantId, id: string, secret: string): string =>
  `${PREFIX}${tenant}.${id}.${secret}`;

/** Returns the tenant and id named in the key, or `undefined` if the key is malformed. The secret is not verified. */
export function parseApiKey(key: string): { readonly tenant: TenantId; readonly id: string } | undefined {
  if (!isApiKey(key)) return undefined;
  const [name, id = '', secret = '', ...more] = key.slice(PREFIX.length).split('.');
  const tenant = parseTenantId(name);
  return tenant && isUlid(id) && SECRET.test(secret) && more.length === 0 ? { tenant, id } : undefined;
}

/** Returns the stored form of a key. An unsalted SHA-256 is sufficient: 32 random bytes cannot be guessed. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
