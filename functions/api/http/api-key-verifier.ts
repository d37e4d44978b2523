import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, hashApiKey, LAST_USE_RESOLUTION_MS, parseApiKey } from '../../core/domain/api-key.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import { TtlCache } from '../../core/platform/ttl-cache.ts';
import { getApiKey, recordApiKeyUse } from '../../core/store/api-keys.ts';
import type { Db } from '../../core/store/db.ts';
import type { VerifyToken } from './token-verifier.ts';

/** Milliseconds that a key stays cached. A revoked key is rejected everywhere after this time. */
const CACHE_TTL_MS = 30_000;
/** Maximum number of cached keys. */
const CACHE_SIZE = 1_000;

export interface KeyVerifierOptions {
  /** Returns the store of a tenant. The tenant comes from an unverified key and may not exist. */
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A cached API key with the time at which its use was last recorded. */
interface CachedKey {
  readonly key: ApiKey;
  /** Epoch milliseconds. */
  usedAt: number;
}

/**
 * Creates a verifier of API keys that caches the keys it has read. Unknown keys are not cached. Create one verifier for
 * each execution environment.
 */
export function createKeyVerifier(options: KeyVerifierOptions): VerifyToken {
  const { dbOf, now } = options;
  const cache = new TtlCache<CachedKey>({ ttlMs: CACHE_TTL_MS, size: CACHE_SIZE, now });

  const find = async (bearer: string): Promise<CachedKey | undefined> => {
    const parsed = parseApiKey(bearer);
    if (!parsed) return undefined;
    const name = `${parsed.tenant}.${parsed.id}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const readAt = now();
    const key = await getApiKey(dbOf(parsed.tenant), parsed.tenant, parsed.id);
    if (!key) return undefined;
    const cachedKey = { key, usedAt: key.lastUsedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(key.lastUsedAt) };
    cache.set(name, cachedKey, readAt);
    return cachedKey;
  };

  return async (bearer) => {
    const cachedKey = await find(bearer);
    if (!cachedKey || !isSame(hashApiKey(bearer), cachedKey.key.hash)) throw invalidKeyError();
    const { tenant, roles, name } = cachedKey.key;
    if (now() - cachedKey.usedAt >= LAST_USE_RESOLUTION_MS) {
      // Set before the write, so that a failing write is not repeated on every request.
      cachedKey.usedAt = now();
      await tryRecordUse(options, cachedKey.key);
    }
    return { tenant, roles, name: `key:${name}` };
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
