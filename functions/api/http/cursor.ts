import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { TtlCache } from '../../core/platform/ttl-cache.ts';
import { getCursorSecret, putCursorSecret } from '../../core/store/cursor-secrets.ts';

/** Bytes of a secret: as many as its hash has. */
const SECRET_BYTES = 32;
/** How long, and of how many tenants, a secret that was read is kept in memory. It never changes. */
const SECRET_CACHE_TTL_MS = 60 * 60_000;
const SECRET_CACHE_SIZE = 1_000;

const CURSOR = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;

/**
 * Places in lists, in clients' hands: signed, so that they lead nowhere but where they were given for.
 *
 * `list` is what the list is of, filter and all; the secret is the tenant's own.
 */
export interface CursorSigner {
  /** @param place the last entry that was shown */
  create(tenant: TenantId, list: string, place: string): Promise<string>;
  /**
   * The place that a cursor of this list stands for.
   *
   * @throws what `refusal` makes, when it is none
   */
  verify(tenant: TenantId, list: string, cursor: string): Promise<string>;
}

/**
 * Make it once: it keeps the secrets that it read.
 *
 * @param refusal what becomes of a cursor that is none of the list's, in the surface's own way
 */
export function createCursorSigner({ db, now }: Pick<Platform, 'db' | 'now'>, refusal: () => Error): CursorSigner {
  const cache = new TtlCache<string>({ ttlMs: SECRET_CACHE_TTL_MS, size: SECRET_CACHE_SIZE, now });

  const secretOf = async (tenant: TenantId): Promise<string> => {
    const known = cache.get(tenant) ?? (await getCursorSecret(db, tenant));
    if (known !== undefined) {
      cache.set(tenant, known, now());
      return known;
    }
    const fresh = randomBytes(SECRET_BYTES).toString('base64url');
    if (await putCursorSecret(db, tenant, fresh)) return fresh;
    // Another request made one in between.
    return secretOf(tenant);
  };
  const sign = async (tenant: TenantId, list: string, place: string): Promise<string> =>
    createHmac('sha256', await secretOf(tenant))
      .update(`${list}\0${place}`)
      .digest('base64url');

  return {
    async create(tenant, list, place) {
      return `${Buffer.from(place).toString('base64url')}.${await sign(tenant, list, place)}`;
    },
    async verify(tenant, list, cursor) {
      const [, encoded = '', signature = ''] = CURSOR.exec(cursor) ?? [];
      const place = Buffer.from(encoded, 'base64url').toString();
      const expected = Buffer.from(await sign(tenant, list, place));
      const given = Buffer.from(signature);
      if (given.length === expected.length && timingSafeEqual(given, expected)) return place;
      throw refusal();
    },
  };
}
