import { DatabaseSync } from 'node:sqlite';
import type { Clock } from './compute/clock.ts';
import { callAwsJson } from './http.ts';
import type { TableDefinition } from './tables.ts';

/** Milliseconds between two rounds of upkeep. */
const ROUND_MS = 30_000;

export interface UpkeepOptions {
  /** Base URL, SQLite file and MCP endpoint of dynoxide. */
  readonly url: string;
  readonly file: string;
  readonly mcpUrl: string;
  readonly tables: readonly TableDefinition[];
  readonly clock: Clock;
  /** See `trimStreams`. */
  readonly readThrough: (table: string) => string | undefined;
  readonly log: (message: string) => void;
}

/**
 * Keeps dynoxide quick and small for as long as it runs: indexes its streams, trims them, and deletes what has expired.
 *
 * @returns how to end it.
 */
export function startUpkeep(options: UpkeepOptions): () => void {
  const { url, file, mcpUrl, tables, clock, readThrough, log } = options;
  indexStreams(file);
  const round = async () => {
    trimStreams(file, readThrough);
    await sweepTimeToLive(mcpUrl);
    if (clock.now() > Date.now() + 1_000) {
      for (const table of tables) await deleteExpired(url, table, clock.now());
    }
  };
  const timer = setInterval(() => {
    round().catch((error: unknown) => log(`upkeep of DynamoDB failed: ${String(error)}`));
  }, ROUND_MS);
  return () => clearInterval(timer);
}

/**
 * Without it dynoxide reads a stream by scanning all records of all tables: a poll gets slower with every write.
 *
 * @see DESIGN 9 for the measurement.
 */
export function indexStreams(file: string): void {
  withDatabase(file, (database) => {
    database.exec(
      'CREATE INDEX IF NOT EXISTS jobdeck_stream_position ' +
        'ON _stream_records(table_name, CAST(sequence_number AS INTEGER))',
    );
  });
}

/** Rows deleted in one statement: the database is locked for the writers meanwhile. */
const TRIM_BATCH = 1_000;

/**
 * Deletes stream records that every reader of their table has read, since dynoxide keeps them for ever.
 *
 * The newest record of a table stays, because dynoxide derives the next sequence number from it.
 *
 * @param readThrough the sequence number up to which a table's readers have come; undefined: it has no reader;
 *   `'0'`: nothing was read yet.
 * @returns how many records were deleted.
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

/** The largest integer of SQLite. */
const MAX_INTEGER = 2n ** 63n - 1n;

function withDatabase<Result>(file: string, use: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/**
 * Has dynoxide delete the items whose TTL has passed, which it does only when asked through its MCP endpoint.
 *
 * @returns how many items were deleted.
 */
export async function sweepTimeToLive(mcpUrl: string): Promise<number> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const call = async (method: string, params: object, id?: number) => {
    const response = await fetch(mcpUrl, {
      method: 'POST',
      headers,
      body: JSON.stringify({ jsonrpc: '2.0', method, params, ...(id !== undefined && { id }) }),
    });
    const session = response.headers.get('mcp-session-id');
    if (session) headers['mcp-session-id'] = session;
    const text = await response.text();
    if (!response.ok) throw new Error(`dynoxide's MCP endpoint answered ${response.status} to ${method}: ${text}`);
    return text;
  };
  const client = { name: 'jobdeck', version: '1' };
  await call('initialize', { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: client }, 1);
  await call('notifications/initialized', {});
  const answer = await call('tools/call', { name: 'sweep_ttl', arguments: {} }, 2);
  await fetch(mcpUrl, { method: 'DELETE', headers });
  return Number(/items_deleted\D+(\d+)/.exec(answer)?.[1] ?? Number.NaN);
}

/**
 * Deletes the items whose TTL has passed by a clock that was moved ahead, of which dynoxide knows nothing.
 *
 * @param now epoch milliseconds.
 * @returns how many items were deleted.
 */
export async function deleteExpired(url: string, table: TableDefinition, now: number): Promise<number> {
  const ttl = table.TimeToLiveSpecification;
  if (!ttl?.Enabled) return 0;
  const condition = {
    TableName: table.TableName,
    ExpressionAttributeNames: { '#ttl': ttl.AttributeName },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1_000)) } },
  };
  const call = <Answer>(operation: string, body: object) =>
    callAwsJson<Answer>(url, `DynamoDB_20120810.${operation}`, { ...condition, ...body });
  const expired = '#ttl <= :now';
  let deleted = 0;
  for (let ExclusiveStartKey: object | undefined, more = true; more; more = ExclusiveStartKey !== undefined) {
    const page = await call<{ Items: Record<string, unknown>[]; LastEvaluatedKey?: object }>('Scan', {
      FilterExpression: expired,
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    for (const item of page.Items) {
      const Key = Object.fromEntries(table.KeySchema.map(({ AttributeName: name }) => [name, item[name]]));
      // One that was renewed meanwhile stays.
      await call('DeleteItem', { Key, ConditionExpression: expired }).then(
        () => deleted++,
        (error: unknown) => {
          if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
        },
      );
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  }
  return deleted;
}
