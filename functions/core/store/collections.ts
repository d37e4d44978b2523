import { isExactNumber } from '../domain/exact-json.ts';
import type { Json } from '../domain/json.ts';
import type { TenantId } from '../domain/tenant.ts';
import { truncate } from '../domain/text.ts';
import { type Db, getMany, putMany } from './db.ts';
import { collectionKey } from './keys.ts';

/** Maximum size of a record in bytes: DynamoDB's 400 KB for an item without its key and other attributes. */
const MAX_BYTES = 390 * 1024;
/** Maximum nesting of lists and maps: DynamoDB's 32 levels without the item itself. */
const MAX_DEPTH = 31;
const LONE_SURROGATE = 'holds half of a surrogate pair, which is no text';
const MAX_NAME_BYTES = 65_535;
/** The smallest positive number that DynamoDB stores. */
const MIN_NUMBER = 1e-130;

export interface CollectionItem {
  /** 1–1024 bytes; unique in its collection. */
  readonly key: string;
  readonly record: Json;
}

/**
 * Puts items into a tenant's collection; items with the same keys are replaced.
 *
 * @param items with unique keys, none of them rejected by `findStorageFault`
 * @param signal ends a wait for a throttling store
 */
export async function putCollectionItems(
  db: Db,
  tenant: TenantId,
  collection: string,
  items: readonly CollectionItem[],
  updatedAt: string,
  signal: AbortSignal,
): Promise<void> {
  const rows = items.map(({ key, record }) => ({ ...collectionKey(tenant, collection, key), record, updatedAt }));
  await putMany(db, db.tables.collections, rows, signal);
}

/** Returns the records of a tenant's collection with these keys, which are unique and of 1–1024 bytes each. */
export async function getCollectionItems(
  db: Db,
  tenant: TenantId,
  collection: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Json>> {
  const table = db.tables.collections;
  const items = await getMany(
    db,
    keys.map((key) => ({ table, key: collectionKey(tenant, collection, key) })),
    { consistent: false },
  );
  return new Map(
    items.flatMap((item, i) => (item ? [[keys[i] as string, (item.record ?? null) as Json] as const] : [])),
  );
}

/** Returns the reason for which DynamoDB would reject or change a record, or `undefined` if it would not. */
export function findStorageFault(record: Json): string | undefined {
  const [fault] = faults(record, 1);
  if (fault !== undefined) return fault;
  const bytes = storedBytes(record);
  return bytes > MAX_BYTES ? `takes ${bytes} bytes as an item: at most ${MAX_BYTES} are possible` : undefined;
}

function* faults(value: Json, depth: number): Generator<string, void, undefined> {
  if (typeof value === 'string' && !value.isWellFormed()) yield LONE_SURROGATE;
  if (typeof value === 'number') {
    const size = Math.abs(value);
    if (size > Number.MAX_SAFE_INTEGER || (size > 0 && size < MIN_NUMBER))
      yield `holds a number out of range: ${value}`;
  }
  if (isExactNumber(value)) {
    yield `holds a number with more digits than are kept: ${truncate(value.rawJSON, 100)}`;
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) {
    yield `is nested deeper than ${MAX_DEPTH} levels`;
    return;
  }
  for (const name of Array.isArray(value) ? [] : Object.keys(value)) {
    if (!name.isWellFormed()) yield LONE_SURROGATE;
    const bytes = Buffer.byteLength(name);
    if (bytes < 1 || bytes > MAX_NAME_BYTES) yield `holds a field whose name is not 1–${MAX_NAME_BYTES} bytes long`;
  }
  for (const part of Object.values(value)) yield* faults(part, depth + 1);
}

/**
 * Returns the size of a value in bytes by DynamoDB's rules:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
function storedBytes(value: Json): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  // One byte per two significant digits, one more, and one for a sign.
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 2;
  if (typeof value !== 'object' || value === null) return 1;
  const isList = Array.isArray(value);
  return Object.entries(value).reduce(
    (sum, [name, part]) => sum + 1 + (isList ? 0 : Buffer.byteLength(name)) + storedBytes(part),
    3,
  );
}
