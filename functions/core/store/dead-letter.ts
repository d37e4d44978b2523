import type { DeadLetter, DeadLetterKind } from '../domain/dead-letter.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, getMany, type Item, put, queryPages } from './db.ts';
import { all, between, equals } from './expression.ts';
import { DEAD_LETTER_PREFIX, deadLetterKey } from './keys.ts';

/** @param ttl expiry in epoch seconds */
export async function putDeadLetter(db: Db, letter: DeadLetter, ttl: number): Promise<void> {
  const { tenant, id, ...rest } = letter;
  await put(db, db.tables.access, { ...deadLetterKey(tenant, id), ...rest, ttl });
}

function toDeadLetter(tenant: TenantId, { pk, sk, ttl, ...rest }: Item): DeadLetter {
  const id = (sk as string).slice(DEAD_LETTER_PREFIX.length);
  return { scheduledAt: null, task: null, delivery: null, ...rest, tenant, id } as unknown as DeadLetter;
}

const isKept = ({ ttl }: Item, now: number): boolean => (ttl as number) * 1_000 > now;

export async function getDeadLetter(
  db: Db,
  tenant: TenantId,
  id: string,
  now: number,
): Promise<DeadLetter | undefined> {
  const item = await get(db, db.tables.access, deadLetterKey(tenant, id));
  return item && isKept(item, now) ? toDeadLetter(tenant, item) : undefined;
}

/** Returns the existing dead letters of the ids, by id. */
export async function getDeadLetterMap(
  db: Db,
  tenant: TenantId,
  ids: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, DeadLetter>> {
  const items = await getMany(
    db,
    ids.map((id) => ({ table: db.tables.access, key: deadLetterKey(tenant, id) })),
  );
  const found = items.filter((item) => item !== undefined && isKept(item, now)) as Item[];
  return new Map(found.map((item) => toDeadLetter(tenant, item)).map((letter) => [letter.id, letter]));
}

export interface DeadLetterQuery {
  readonly kind: DeadLetterKind | null;
  /** Bounds of the send time as ULIDs, both exclusive. */
  readonly after: string;
  readonly before: string;
  readonly newestFirst: boolean;
  readonly limit: number;
  readonly now: number;
}

/** Dead letters read at once. */
const PAGE_SIZE = 200;

/** Lists the tenant's dead letters by send time, read consistently. */
export async function listDeadLetterPage(db: Db, tenant: TenantId, wanted: DeadLetterQuery): Promise<DeadLetter[]> {
  const { kind, after, before, newestFirst, limit, now } = wanted;
  if (after >= before) return [];
  const key = all(equals('pk', tenant), between('sk', DEAD_LETTER_PREFIX + after, DEAD_LETTER_PREFIX + before));
  const found: DeadLetter[] = [];
  for await (const page of queryPages(db, db.tables.access, key, { newestFirst, consistent: true, page: PAGE_SIZE })) {
    const kept = page.filter((item) => isKept(item, now)).map((item) => toDeadLetter(tenant, item));
    const isWanted = ({ id, kind: of }: DeadLetter) => id !== after && id !== before && (kind === null || of === kind);
    found.push(...kept.filter(isWanted));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
