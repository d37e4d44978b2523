import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../support/clock.ts';
import { callAwsJson } from '../support/http.ts';
import type { TableDefinition } from './tables.ts';

/** Milliseconds between two maintenance runs. */
const INTERVAL_MS = 30_000;
/** Milliseconds between a change of the clock, after which items may have expired, and the next run. */
const CLOCK_CHANGE_DELAY_MS = 1_000;

export interface MaintenanceOptions {
  /** Base URL and SQLite file of dynoxide. */
  readonly url: string;
  readonly file: string;
  readonly tables: readonly TableDefinition[];
  readonly clock: Clock;
  /** See `trimStreams`. */
  readonly readThrough: (table: string) => string | undefined;
  readonly log: (message: string) => void;
}

/**
 * Runs maintenance on dynoxide's database: creates indexes for its streams and expiring items, trims the streams and
 * deletes expired items, every 30 seconds and soon after the clock was moved.
 *
 * @returns a function that ends the maintenance
 */
export function startMaintenance(options: MaintenanceOptions): () => void {
  const { url, file, tables, clock, readThrough, log } = options;
  indexStreams(file);
  indexExpiry(file, tables);
  const runOnce = async () => {
    trimStreams(file, readThrough);
    for (const table of tables) await deleteExpired({ url, file }, table, clock.now());
  };
  let isRunning = false;
  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await runOnce();
    } catch (error) {
      log(`DynamoDB maintenance failed: ${String(error)}`);
    } finally {
      isRunning = false;
    }
  };
  const interval = setInterval(() => void run(), INTERVAL_MS);
  let soon: NodeJS.Timeout | undefined;
  const stopFollowing = clock.onChange(() => {
    clearTimeout(soon);
    soon = setTimeout(() => void run(), CLOCK_CHANGE_DELAY_MS);
  });
  return () => {
    stopFollowing();
    clearTimeout(soon);
    clearInterval(interval);
  };
}

/**
 * Creates an index without which dynoxide reads a stream by scanning the records of all tables, so that a poll slows
 * down with every write.
 */
export function indexStreams(file: string): void {
  withDatabase(file, (database) => {
    database.exec(
      'CREATE INDEX IF NOT EXISTS jobdeck_stream_position ' +
        'ON _stream_records(table_name, CAST(sequence_number AS INTEGER))',
    );
  });
}

/** Maximum number of rows deleted in one statement, which locks the database for writers. */
const TRIM_BATCH = 1_000;

/**
 * Deletes stream records that all readers of their table have processed; dynoxide keeps them forever. The newest record
 * of a table is kept, because dynoxide derives the next sequence number from it.
 *
 * @param readThrough returns the sequence number that a table's readers have processed; `undefined` if the table has no
 * reader, `'0'` if none is processed
 *
 * @returns the number of deleted records
 */
export function trimStreams(file: string, readThrough: (table: string) => string | undefined): number {
  return withDatabase(file, (database) => {
    const tables = database.prepare('SELECT table_name AS name FROM _tables WHERE stream_enabled').all();
    const trim = database.prepare(
      `DELETE FROM _stream_records WHERE id IN (
         SELECT id FROM _stream_records
         WHERE table_name = :table AND CAST(sequence_number AS INTEGER) <= :through AND id < (
           SELECT MAX(id) FROM _stream_records WHERE table_name = :table)
         LIMIT ${TRIM_BATCH})`,
    );
    let deleted = 0;
    for (const { name } of tables) {
      const table = String(name);
      const through = readThrough(table);
      const bound = through === undefined ? MAX_INTEGER : BigInt(through);
      for (let batch = TRIM_BATCH; batch === TRIM_BATCH; deleted += batch) {
        batch = Number(trim.run({ table, through: bound }).changes);
      }
    }
    return deleted;
  });
}

/** Maximum integer of SQLite. */
const MAX_INTEGER = 2n ** 63n - 1n;

function withDatabase<Result>(file: string, use: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** SQL expression for the expiry of an item in epoch seconds; null if the item does not expire. */
const expirySql = (attribute: string): string => `CAST(json_extract(item_json, '$.${attribute}.N') AS INTEGER)`;

/** Creates indexes on the expiry. Without them, finding expired items scans the table: 30 s for 300,000 items. */
export function indexExpiry(file: string, tables: readonly TableDefinition[]): void {
  withDatabase(file, (database) => {
    for (const { TableName: name, TimeToLiveSpecification: ttl } of tables) {
      if (!ttl?.Enabled) continue;
      const expiry = expirySql(ttl.AttributeName);
      database.exec(
        `CREATE INDEX IF NOT EXISTS "jobdeck_expiry_${name}" ON "${name}"(${expiry}) WHERE ${expiry} IS NOT NULL`,
      );
    }
  });
}

/** Maximum number of items in one query. */
const EXPIRED_BATCH = 1_000;

/**
 * Deletes items whose TTL has passed by the system's clock. dynoxide deletes on request only and uses the machine's
 * clock.
 *
 * @param now epoch milliseconds
 *
 * @returns the number of deleted items
 */
export async function deleteExpired(
  { url, file }: Pick<MaintenanceOptions, 'url' | 'file'>,
  table: TableDefinition,
  now: number,
): Promise<number> {
  const { TableName, TimeToLiveSpecification: ttl } = table;
  if (!ttl?.Enabled) return 0;
  const query = expiredQuery(table, ttl.AttributeName);
  const seconds = Math.floor(now / 1_000);
  let deleted = 0;
  for (let found = EXPIRED_BATCH; found === EXPIRED_BATCH; ) {
    const rows = withDatabase(file, (database) => database.prepare(query).all(seconds));
    for (const row of rows) {
      const Key = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, JSON.parse(String(value))]));
      if (await deleteIfExpired(url, { TableName, Key }, ttl.AttributeName, seconds)) deleted += 1;
    }
    found = rows.length;
  }
  return deleted;
}

/** Builds the query for the keys of items that have expired by a time in epoch seconds. */
export function expiredQuery({ TableName, KeySchema }: TableDefinition, attribute: string): string {
  const expiry = expirySql(attribute);
  const columns = KeySchema.map(({ AttributeName: name }) => `json_extract(item_json, '$.${name}') AS ${name}`);
  return (
    `SELECT ${columns.join(', ')} FROM "${TableName}" ` +
    `WHERE ${expiry} IS NOT NULL AND ${expiry} <= ? LIMIT ${EXPIRED_BATCH}`
  );
}

/** Deletes an item unless its TTL was extended in the meantime. */
async function deleteIfExpired(url: string, item: object, attribute: string, seconds: number): Promise<boolean> {
  try {
    await callAwsJson(url, 'DynamoDB_20120810.DeleteItem', {
      ...item,
      ConditionExpression: '#ttl <= :now',
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: { ':now': { N: String(seconds) } },
    });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
