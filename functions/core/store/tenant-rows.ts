import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, type Item, putMany, queryPages, removeMany, type Tables } from './db.ts';
import { any, beginsWith, conditionExpression, equals } from './expression.ts';
import { type Key, tenantPartitionPrefix } from './keys.ts';

export type TableName = keyof Tables;

/** Tables in the order of an import: tables whose streams trigger work come last. */
export const TABLES = ['collections', 'records', 'access', 'runs', 'counters', 'jobs'] as const satisfies TableName[];

/** Tables in which a tenant has a single partition, named like the tenant. */
const SINGLE_PARTITION_TABLES: readonly TableName[] = ['jobs', 'access', 'counters'];

/** Number of concurrent scan segments. */
const SEGMENTS = 4;

/**
 * Reads all rows of a tenant in a table, page by page, consistently. The partitions of deleted jobs and collections are
 * unknown, so tables with several partitions per tenant are scanned as a whole and filtered. This is slow: use it for
 * operators only, never in a request.
 *
 * @param visit called with up to four pages concurrently, never with an empty page
 */
export async function forEachPage(
  db: Db,
  table: TableName,
  tenant: TenantId,
  visit: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  if (SINGLE_PARTITION_TABLES.includes(table)) {
    for await (const page of queryPages(db, db.tables[table], equals('pk', tenant), { consistent: true })) {
      if (page.length > 0) await visit(page);
    }
    return;
  }
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scanSegment(db, table, tenant, segment, visit)));
}

async function scanSegment(
  db: Db,
  table: TableName,
  tenant: TenantId,
  Segment: number,
  visit: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  const isTenants = any(equals('pk', tenant), beginsWith('pk', tenantPartitionPrefix(tenant)));
  const { ConditionExpression, ...aliases } = conditionExpression(isTenants);
  let start: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await db.client.send(
      new ScanCommand({
        TableName: db.tables[table],
        FilterExpression: ConditionExpression,
        ...aliases,
        ConsistentRead: true,
        Segment,
        TotalSegments: SEGMENTS,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    if (Items.length > 0) await visit(Items.map((item) => unmarshall(item)));
    start = LastEvaluatedKey;
  } while (start);
}

export async function removeRows(db: Db, table: TableName, rows: readonly Key[]): Promise<void> {
  await removeMany(
    db,
    db.tables[table],
    rows.map(({ pk, sk }) => ({ pk, sk })),
  );
}

/** Puts exported rows, which must have unique keys. */
export async function putRows(db: Db, table: TableName, rows: readonly Item[]): Promise<void> {
  await putMany(db, db.tables[table], rows);
}

/** @returns whether the tenant has any row in a table with a single partition per tenant */
export async function hasRows(db: Db, table: 'jobs' | 'access' | 'counters', tenant: TenantId): Promise<boolean> {
  for await (const page of queryPages(db, db.tables[table], equals('pk', tenant), { limit: 1, consistent: true })) {
    if (page.length > 0) return true;
  }
  return false;
}
