import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { TtlCache } from '../../core/platform/ttl-cache.ts';
import { getCursorSecret, putCursorSecret } from '../../core/store/cursor-secrets.ts';

/** Length of a signing secret in bytes, equal to the length of a SHA-256 hash. */
const SECRET_BYTES = 32;
/** Milliseconds that a tenant's secret stays cached. Secrets never change. */
const SECRET_CACHE_TTL_MS = 60 * 60_000;
const SECRET_CACHE_SIZE = 1_000;

const CURSOR = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;

/**
 * Creates and verifies cursors: signed positions in lists that clients send back. A cursor is valid only for the list
 * that it was created for, identified by `list` (path and filter), and is signed with a secret of the tenant.
 */
export interface CursorSigner {
  /** @param position the key of the last item on the page */
  create(tenant: TenantId, list: string, position: string): Promise<string>;
  /**
   * Returns the position in a cursor.
   *
   * @throws the error of `invalidCursorError` if the cursor was not created for this list
   */
  verify(tenant: TenantId, list: string, cursor: string): Promise<string>;
}

/**
 * Creates a signer that caches the tenants' secrets. Create one for each execution environment.
 *
 * @param invalidCursorError creates the error for an invalid cursor
 */
export function createCursorSigner(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  invalidCursorError: () => Error,
): CursorSigner {
  const cache = new TtlCache<string>({ ttlMs: SECRET_CACHE_TTL_MS, size: SECRET_CACHE_SIZE, now });

  const getOrCreateSecret = async (tenant: TenantId): Promise<string> => {
    const existing = cache.get(tenant) ?? (await getCursorSecret(db, tenant));
    if (existing !== undefined) {
      cache.set(tenant, existing, now());
      return existing;
    }
    const created = randomBytes(SECRET_BYTES).toString('base64url');
    if (await putCursorSecret(db, tenant, created)) return created;
    // A concurrent request created the secret.
    return getOrCreateSecret(tenant);
  };
  const sign = async (tenant: TenantId, list: string, position: string): Promise<string> =>
    createHmac('sha256', await getOrCreateSecret(tenant))
      .update(`${list}\0${position}`)
      .digest('base64url');

  return {
    async create(tenant, list, position) {
      return `${Buffer.from(position).toString('base64url')}.${await sign(tenant, list, position)}`;
    },
    async verify(tenant, list, cursor) {
      const [, encoded = '', signature = ''] = CURSOR.exec(cursor) ?? [];
      const position = Buffer.from(encoded, 'base64url').toString();
      const expected = Buffer.from(await sign(tenant, list, position));
      const received = Buffer.from(signature);
      if (received.length === expected.length && timingSafeEqual(received, expected)) return position;
      throw invalidCursorError();
    },
  };
}
