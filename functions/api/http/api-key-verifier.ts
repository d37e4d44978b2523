import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, hashApiKey, LAST_USE_RESOLUTION_MS, parseApiKey } from '../../core/domain/api-key.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import { TtlCache } from '../../core/platform/ttl-cache.ts';
import { getApiKey, recordApiKeyUse } from '../../core/store/api-keys.ts';
import type { Db } from '../../core/store/db.ts';
import type { VerifyToken } from './token-verifier.ts';

/** How long a key that was read is kept in memory: a revoked one is refused everywhere after that. */
const CACHE_TTL_MS = 30_000;
/** Keys kept at most. */
const CACHE_SIZE = 1_000;

export interface KeyVerifierOptions {
  /** Where the keys of a tenant are, be it one that a stranger made up. */
  readonly dbOf: (tenant: TenantId) => Db;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A key as it was read, and when its use was last recorded, as far as this execution environment knows. */
interface CachedKey {
  readonly key: ApiKey;
  /** Epoch milliseconds. */
  usedAt: number;
}

/** Checks API keys. Make it once: it keeps the keys that it read. One that is not there is looked for again. */
export function createKeyVerifier(options: KeyVerifierOptions): VerifyToken {
  const { dbOf, now } = options;
  const cache = new TtlCache<CachedKey>({ ttlMs: CACHE_TTL_MS, size: CACHE_SIZE, now });

  const find = async (bearer: string): Promise<CachedKey | undefined> => {
    const said = parseApiKey(bearer);
    if (!said) return undefined;
    const name = `${said.tenant}.${said.id}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const at = now();
    const key = await getApiKey(dbOf(said.tenant), said.tenant, said.id);
    if (!key) return undefined;
    const known = { key, usedAt: key.lastUsedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(key.lastUsedAt) };
    cache.set(name, known, at);
    return known;
  };

  return async (bearer) => {
    const known = await find(bearer);
    if (!known || !isSame(hashApiKey(bearer), known.key.hash)) throw invalidKeyError();
    const { tenant, roles, name } = known.key;
    if (now() - known.usedAt >= LAST_USE_RESOLUTION_MS) {
      // First, so that what cannot be recorded is not tried again with every request.
      known.usedAt = now();
      await tryRecordUse(options, known.key);
    }
    return { tenant, roles, name: `key:${name}` };
  };
}

/** The same for a key of no tenant, of another one, that never was, that was revoked, and whose secret is wrong. */
function invalidKeyError(): JobdeckError {
  const message = 'The bearer token is not an API key that is known here, or not any more';
  return new JobdeckError('unauthenticated', 'auth.invalid_token', message);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Never a reason to refuse a request. */
async function tryRecordUse({ dbOf, log, now }: KeyVerifierOptions, key: ApiKey): Promise<void> {
  try {
    await recordApiKeyUse(dbOf(key.tenant), key, now());
  } catch (error) {
    log.warn('key.use_not_recorded', { tenant: key.tenant, key: key.id, error: String(error) });
  }
}
