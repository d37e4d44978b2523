import { createHash } from 'node:crypto';
import type { Role } from './access.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/** What a tenant's programs call the API with. Its secret is known to whoever it was given to, and to nobody else. */
export interface ApiKey {
  readonly tenant: TenantId;
  /** A ULID: keys sort by the time of their making. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** `hashApiKey` of the whole. */
  readonly hash: string;
  readonly createdAt: string;
  /** Name of the caller who made it. */
  readonly createdBy: string;
  /** When it was used, give or take `USE_GRAIN_MS`; null: not yet. */
  readonly lastUsedAt: string | null;
}

/** Keys that a tenant may have at once. */
export const MAX_API_KEYS = 100;

/** How much later than the last recorded use a use is recorded. */
export const LAST_USE_RESOLUTION_MS = 60 * 60_000;

/** Bytes of chance in a key's secret: as many as its hash has. */
export const API_KEY_SECRET_BYTES = 32;

const PREFIX = 'jk_';
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
/** 32 bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Whether a bearer is meant as an API key. No JWT begins so: its first character is that of `{"` in base64. */
export const isApiKey = (bearer: string): boolean => bearer.startsWith(PREFIX);

export const isApiKeyId = (id: string): boolean => ULID.test(id);

/** `jk_<tenant>.<id>.<secret>`. None of the three can hold a dot. */
export const formatApiKey = (tenant: TenantId, id: string, secret: string): string =>
  `${PREFIX}${tenant}.${id}.${secret}`;

/** Whose key it is, as it says itself; undefined when it cannot be one. */
export function parseApiKey(key: string): { readonly tenant: TenantId; readonly id: string } | undefined {
  if (!isApiKey(key)) return undefined;
  const [name, id = '', secret = '', ...more] = key.slice(PREFIX.length).split('.');
  const tenant = parseTenantId(name);
  return tenant && ULID.test(id) && SECRET.test(secret) && more.length === 0 ? { tenant, id } : undefined;
}

/** What is kept of a key. It needs no salt and no slowness: there is no guessing 32 random bytes. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
