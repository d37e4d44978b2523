import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, hashApiKey, LAST_USE_RESOLUTION_MS } from '../../core/domain/api-key.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { ApiKeyIssuer } from '../../core/platform/api-key-issuer.ts';
import type { Log } from '../../core/platform/log.ts';
import { TtlCache } from '../../core/platform/ttl-cache.ts';
import { getApiKey, recordApiKeyUse } from '../../core/store/api-keys.ts';
import type { Db } from '../../core/store/db.ts';
import type { VerifyToken } from './verify-token.ts';

/** Milliseconds that a key stays cached. A revoked key is rejected everywhere after this time. */
const CACHE_TTL_MS = 30_000;
/** Maximum number of cached keys. */
const CACHE_SIZE = 1_000;

export interface KeyVerifierOptions {
  readonly apiKeys: Pick<ApiKeyIssuer, 'verify'>;
  /** Returns the store of a tenant for which the stage has issued a key. */
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A cached API key with the time at which its use was last recorded. `key` is `undefined` if there is no such key. */
interface CachedKey {
  readonly key: ApiKey | undefined;
  /** Epoch milliseconds. */
  usedAt: number;
}

/**
 * Creates a verifier of API keys. Create one for each execution environment.
 *
 * The MAC is verified first: a key that the stage has not issued costs no call to AWS and opens no session. Keys that
 * were read are cached, and so are keys that do not exist any more: an issued key cannot come into being a second time.
 */
export function createKeyVerifier(options: KeyVerifierOptions): VerifyToken {
  const { apiKeys, dbOf, now } = options;
  const cache = new TtlCache<CachedKey>({ ttlMs: CACHE_TTL_MS, size: CACHE_SIZE, now });

  const find = async (bearer: string): Promise<CachedKey | undefined> => {
    const received = await apiKeys.verify(bearer);
    if (!received) return undefined;
    const name = `${received.tenant}.${received.id}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const readAt = now();
    const key = await getApiKey(dbOf(received.tenant), received.tenant, received.id);
    const usedAt = key?.lastUsedAt ? Date.parse(key.lastUsedAt) : Number.NEGATIVE_INFINITY;
    const cachedKey = { key, usedAt };
    cache.set(name, cachedKey, readAt);
    return cachedKey;
  };

  return async (bearer) => {
    const cachedKey = await find(bearer);
    if (!cachedKey?.key || !isSame(hashApiKey(bearer), cachedKey.key.hash)) throw invalidKeyError();
    const { tenant, roles, name, id } = cachedKey.key;
    if (now() - cachedKey.usedAt >= LAST_USE_RESOLUTION_MS) {
      // Set before the write, so that a failing write is not repeated on every request.
      cachedKey.usedAt = now();
      await tryRecordUse(options, cachedKey.key);
    }
    return { tenant, roles, name: `key:${name}`, id: `key:${id}` };
  };
}

/**
 * Creates one error for all rejected keys, so that a caller cannot tell an unknown, a revoked and a wrong key apart.
 */
function invalidKeyError(): JobdeckError {
  const message = 'The bearer token is not an API key that is known here, or not any more';
  return new JobdeckError('unauthenticated', 'auth.invalid_token', message);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Records the use of a key. A failure is logged and does not reject the request. */
async function tryRecordUse({ dbOf, log, now }: KeyVerifierOptions, key: ApiKey): Promise<void> {
  try {
    await recordApiKeyUse(dbOf(key.tenant), key, now());
  } catch (error) {
    log.warn('key.use_not_recorded', { tenant: key.tenant, key: key.id, error: String(error) });
  }
}
