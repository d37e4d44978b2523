import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, type Item, putMany, queryPages, removeMany, type Tables } from './db.ts';
import { any, beginsWith, conditionExpression, equals } from './expression.ts';
import { type Key, tenantPartitionPrefix } from './keys.ts';

export type TableName = keyof Tables;

/** In the order in which a tenant is put back: what wakes somebody comes last. */
export const TABLES = ['collections', 'records', 'access', 'runs', 'counters', 'jobs'] as const satisfies TableName[];

/** Tables in which a tenant has the one partition that is called as it is; in the others it has many. */
const SINGLE_PARTITION_TABLES: readonly TableName[] = ['jobs', 'access', 'counters'];

/** A scan reads so many parts of a table at the same time. */
const SEGMENTS = 4;

/**
 * Every row that a tenant has in a table, read consistently, page by page. Not every partition of a tenant can be told
 * from its jobs (those of jobs and collections that are no more), so a table with many of them is read as a whole: rows
 * of every tenant are, and this one's are chosen. That takes time, and is for operators, never for a request.
 *
 * @param visit is called with up to four pages at a time, empty ones left out
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

/** Removes rows of a table. */
export async function removeRows(db: Db, table: TableName, rows: readonly Key[]): Promise<void> {
  await removeMany(
    db,
    db.tables[table],
    rows.map(({ pk, sk }) => ({ pk, sk })),
  );
}

/** Puts rows of a table, each of which is there once, as they were exported. */
export async function putRows(db: Db, table: TableName, rows: readonly Item[]): Promise<void> {
  await putMany(db, db.tables[table], rows);
}

/** Whether the tenant has any row in a table in which it has one partition. */
export async function hasRows(db: Db, table: 'jobs' | 'access' | 'counters', tenant: TenantId): Promise<boolean> {
  for await (const page of queryPages(db, db.tables[table], equals('pk', tenant), { limit: 1, consistent: true })) {
    if (page.length > 0) return true;
  }
  return false;
}
