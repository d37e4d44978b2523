import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, get, put } from './db.ts';
import { absent, equals } from './expression.ts';
import { throttleKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Returns the starts of runs of a throttle's key value, epoch milliseconds, ascending, read consistently. */
export async function getStarts(db: Db, tenant: TenantId, key: string): Promise<readonly number[]> {
  const item = await get(db, db.tables.records, throttleKey(tenant, key));
  return (item?.starts as readonly number[] | undefined) ?? [];
}

/**
 * Replaces the starts of a key value, of which the last is the latest.
 *
 * @returns `false` if they changed since `seen` was read
 */
export async function replaceStarts(
  db: Db,
  { tenant, key }: { readonly tenant: TenantId; readonly key: string },
  seen: readonly number[],
  next: readonly number[],
): Promise<boolean> {
  const item = { ...throttleKey(tenant, key), starts: next, ttl: toTtl((next.at(-1) ?? 0) + 2 * DAY_MS) };
  const asRead = /* guard: throttle.as-read */ seen.length === 0 ? absent('pk') : equals('starts', seen);
  return put(db, db.tables.records, item, asRead);
}
