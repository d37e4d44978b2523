import type { Role } from './access.ts';
import { isUlid } from './run-id.ts';
import {
  formatToken,
  hasTokenPrefix,
  parseToken,
  type ReceivedToken,
  TOKEN_SECRET_BYTES,
  type TokenParts,
} from './stage-token.ts';
import type { TenantId } from './tenant.ts';

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

/** Random bytes in a key's secret. */
export const API_KEY_SECRET_BYTES = TOKEN_SECRET_BYTES;

/** Checks whether a bearer token is an API key. No JWT starts with the prefix: a JWT starts with `{"` in base64. */
export const isApiKey = (bearer: string): boolean => hasTokenPrefix('apiKey', bearer);

export const isApiKeyId = (id: string): boolean => isUlid(id);

/** Returns `jk_<tenant>.<id>.<secret>.<generation>.<mac>` (`formatToken`). */
export const formatApiKey = (parts: TokenParts, macKey: Uint8Array): string => formatToken('apiKey', parts, macKey);

/** Parses a key, or returns `undefined` if it is malformed. */
export const parseApiKey = (key: string): ReceivedToken | undefined => parseToken('apiKey', key);

export { hashToken as hashApiKey, hasValidMac } from './stage-token.ts';
