import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type KeysAndAttributes,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Pacing, sendUntilProcessed } from '../platform/batch.ts';
import { toAttributes } from './attribute.ts';
import { type Changes, type Clause, conditionExpression, keyExpression, updateExpression } from './expression.ts';
import type { Key } from './keys.ts';

/** The tables, by their names in DESIGN 3. */
export interface Tables {
  readonly jobs: string;
  readonly runs: string;
  readonly records: string;
  readonly access: string;
  readonly counters: string;
  readonly collections: string;
}

/** What the store's verbs work on. */
export interface Db {
  readonly client: DynamoDBClient;
  readonly tables: Tables;
  /**
   * Time and chance between attempts at a batch.
   *
   * @default the machine's
   */
  readonly pacing?: Pacing;
}

export type Item = Record<string, unknown>;

/** DynamoDB takes at most 100 keys in a BatchGetItem and 25 writes in a BatchWriteItem. */
const GET_BATCH = 100;
const WRITE_BATCH = 25;

/** Null and undefined attributes are left out: absent and null are the same to the store. */
const withoutNulls = (item: Item): Item => Object.fromEntries(Object.entries(item).filter(([, v]) => v != null));

export async function get(db: Db, table: string, key: Key, consistent = true): Promise<Item | undefined> {
  const { Item } = await db.client.send(
    new GetItemCommand({ TableName: table, Key: toAttributes({ ...key }), ConsistentRead: consistent }),
  );
  return Item && unmarshall(Item);
}

type Keys = Record<string, KeysAndAttributes>;

/** The items of these keys, in the order of the keys; undefined where there is none. Any number of keys, any tables. */
export async function getMany(
  db: Db,
  keys: readonly { readonly table: string; readonly key: Key }[],
  consistent = true,
): Promise<(Item | undefined)[]> {
  const found = new Map<string, Item>();
  const name = (table: string, key: Key) => `${table}\n${key.pk}\n${key.sk}`;
  const unique = [...new Map(keys.map((k) => [name(k.table, k.key), k])).values()];
  for (let i = 0; i < unique.length; i += GET_BATCH) {
    const request: Keys = {};
    for (const { table, key } of unique.slice(i, i + GET_BATCH)) {
      request[table] ??= { Keys: [], ConsistentRead: consistent };
      request[table].Keys?.push(toAttributes({ ...key }));
    }
    const send = async (RequestItems: Keys) => {
      const { Responses, UnprocessedKeys } = await db.client.send(new BatchGetItemCommand({ RequestItems }));
      for (const [table, items] of Object.entries(Responses ?? {})) {
        for (const raw of items) {
          const item = unmarshall(raw);
          found.set(name(table, item as unknown as Key), item);
        }
      }
      return { remaining: /* guard: batch-read.unprocessed */ UnprocessedKeys ?? {} };
    };
    const sizeOf = (keys: Keys) => Object.values(keys).reduce((sum, { Keys: some = [] }) => sum + some.length, 0);
    await sendUntilProcessed(request, { send, sizeOf, entryNoun: 'reads of the store', pacing: db.pacing });
  }
  return keys.map((k) => found.get(name(k.table, k.key)));
}

/** Puts a whole item; false when `condition` did not hold. */
export async function put(db: Db, table: string, item: Item, condition?: Clause): Promise<boolean> {
  return conditionHolds(() =>
    db.client.send(
      new PutItemCommand({
        TableName: table,
        Item: toAttributes(withoutNulls(item)),
        ...(condition && conditionExpression(condition)),
      }),
    ),
  );
}

/** Deletes an item; false when `condition` did not hold. */
export async function remove(db: Db, table: string, key: Key, condition?: Clause): Promise<boolean> {
  return conditionHolds(() =>
    db.client.send(
      new DeleteItemCommand({
        TableName: table,
        Key: toAttributes({ ...key }),
        ...(condition && conditionExpression(condition)),
      }),
    ),
  );
}

export type UpdateResult =
  | { readonly ok: true; readonly item: Item }
  /** The condition did not hold; `item` is what was there, undefined when nothing was. */
  | { readonly ok: false; readonly item: Item | undefined };

/** Updates an item and returns it whole: as it is now, or as it was found when `condition` did not hold. */
export async function update(
  db: Db,
  table: string,
  key: Key,
  changes: Changes,
  condition?: Clause,
): Promise<UpdateResult> {
  try {
    const { Attributes } = await db.client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: toAttributes({ ...key }),
        ...updateExpression(changes, condition),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { ok: true, item: unmarshall(Attributes ?? {}) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { ok: false, item: error.Item && unmarshall(error.Item) };
  }
}

export interface QueryOptions {
  readonly index?: string;
  /** Stop once this many items were found. */
  readonly limit?: number;
  /** Items DynamoDB reads for one page; by default as many as fit in 1 MB. */
  readonly page?: number;
  readonly newestFirst?: boolean;
  /** Not on an index. */
  readonly consistent?: boolean;
  /** Only these attributes. What is read, and paid for, is the whole item. */
  readonly attributes?: readonly string[];
}

/** The items of a key condition, across DynamoDB's 1 MB pages, page by page. */
export async function* queryPages(
  db: Db,
  table: string,
  key: Clause,
  options: QueryOptions = {},
): AsyncGenerator<Item[]> {
  let start: Record<string, import('@aws-sdk/client-dynamodb').AttributeValue> | undefined;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  do {
    const pageSize = Math.min(left, options.page ?? Number.POSITIVE_INFINITY);
    const { Items, LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: table,
        ...(options.index !== undefined && { IndexName: options.index }),
        ...keyExpression(key, options.attributes),
        ...(Number.isFinite(pageSize) && { Limit: pageSize }),
        ScanIndexForward: options.newestFirst !== true,
        ConsistentRead: options.consistent === true,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    const items = (Items ?? []).slice(0, left).map((item) => unmarshall(item));
    left -= items.length;
    start = LastEvaluatedKey;
    yield items;
  } while (start && left > 0);
}

export async function query(db: Db, table: string, key: Clause, options: QueryOptions = {}): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages(db, table, key, options)) items.push(...page);
  return items;
}

/** How many items match a key condition, of an index when one is named; read consistently where there is none. */
export async function count(db: Db, table: string, key: Clause, index?: string): Promise<number> {
  let total = 0;
  let start: Record<string, import('@aws-sdk/client-dynamodb').AttributeValue> | undefined;
  do {
    const { Count, LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: table,
        ...(index !== undefined && { IndexName: index }),
        Select: 'COUNT',
        ConsistentRead: index === undefined,
        ...keyExpression(key),
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    total += Count ?? 0;
    start = LastEvaluatedKey;
  } while (start);
  return total;
}

/** Deletes any number of items; each of them on its own, in no order. */
export async function removeMany(db: Db, table: string, keys: readonly Key[]): Promise<void> {
  await writeMany(
    db,
    table,
    keys.map((key) => ({ DeleteRequest: { Key: toAttributes({ ...key }) } })),
  );
}

/**
 * Puts any number of items; each of them on its own, in no order.
 *
 * @param signal ends a wait for a store that throttles
 */
export async function putMany(db: Db, table: string, items: readonly Item[], signal?: AbortSignal): Promise<void> {
  await writeMany(
    db,
    table,
    items.map((item) => ({ PutRequest: { Item: toAttributes(withoutNulls(item)) } })),
    signal,
  );
}

type WriteRequest = import('@aws-sdk/client-dynamodb').WriteRequest;

async function writeMany(
  db: Db,
  table: string,
  requests: readonly WriteRequest[],
  signal?: AbortSignal,
): Promise<void> {
  const send = async (batch: WriteRequest[]) => {
    const { UnprocessedItems } = await db.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: batch } }));
    return { remaining: /* guard: batch-write.unprocessed */ UnprocessedItems?.[table] ?? [] };
  };
  const options = { send, sizeOf: countEntries, entryNoun: 'writes to the store', pacing: db.pacing, signal };
  for (let i = 0; i < requests.length; i += WRITE_BATCH) {
    await sendUntilProcessed(requests.slice(i, i + WRITE_BATCH), options);
  }
}

const countEntries = ({ length }: { readonly length: number }): number => length;

/** One write of a transaction. */
export type Write =
  | { readonly table: string; readonly put: Item; readonly condition?: Clause }
  | { readonly table: string; readonly update: Key; readonly changes: Changes; readonly condition?: Clause }
  | { readonly table: string; readonly remove: Key; readonly condition?: Clause }
  /** Writes nothing. */
  | { readonly table: string; readonly check: Key; readonly condition: Clause };

function transactItem(write: Write): TransactWriteItem {
  const condition = write.condition && conditionExpression(write.condition);
  if ('put' in write)
    return { Put: { TableName: write.table, Item: toAttributes(withoutNulls(write.put)), ...condition } };
  if ('check' in write) {
    const check = {
      TableName: write.table,
      Key: toAttributes({ ...write.check }),
      ...conditionExpression(write.condition),
    };
    return { ConditionCheck: check };
  }
  if ('remove' in write)
    return { Delete: { TableName: write.table, Key: toAttributes({ ...write.remove }), ...condition } };
  const expression = updateExpression(write.changes, write.condition);
  return { Update: { TableName: write.table, Key: toAttributes({ ...write.update }), ...expression } };
}

/** Tries at a transaction that meets others on its items. The SDK repeats throttled requests, but not these. */
const TRANSACTION_ATTEMPTS = 6;
const TRANSACTION_PAUSE_MS = 40;

/**
 * All of these writes or none; the index of the first whose condition did not hold, or -1 when all were made.
 *
 * @param maxAttempts tries, where others are met
 */
export async function transact(db: Db, writes: readonly Write[], maxAttempts?: number): Promise<number> {
  const [first = -1] = await transactAll(db, writes, maxAttempts);
  return first;
}

/** All of these writes or none; the indices of those whose condition did not hold: none when all were made. */
export async function transactAll(
  db: Db,
  writes: readonly Write[],
  maxAttempts = TRANSACTION_ATTEMPTS,
): Promise<readonly number[]> {
  const command = new TransactWriteItemsCommand({ TransactItems: writes.map(transactItem) });
  for (let tries = 1; ; tries++) {
    try {
      await db.client.send(command);
      return [];
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      const failed = codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
      if (failed.length > 0) return failed;
      if (/* guard: transaction.conflict.retry */ !codes.includes('TransactionConflict') || tries === maxAttempts)
        throw error;
      await sleep(Math.random() * TRANSACTION_PAUSE_MS * tries);
    }
  }
}

/** Whether a transaction that failed was certainly not made; of others, such as one without an answer, nobody knows. */
export const isDefinitelyNotApplied = (error: unknown): boolean => error instanceof TransactionCanceledException;

/** Codes of requests that DynamoDB refuses for what they hold. */
const INVALID_REQUEST_CODES: readonly (string | undefined)[] = [
  'ValidationException',
  'ValidationError',
  'SerializationException',
  'ItemCollectionSizeLimitExceeded',
  'ItemCollectionSizeLimitExceededException',
];

/**
 * @returns whether DynamoDB refused a request for what the request holds: sent again, it would be refused again
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export function isInvalidRequest(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).some(({ Code }) => INVALID_REQUEST_CODES.includes(Code));
  }
  return error instanceof Error && INVALID_REQUEST_CODES.includes(error.name);
}

async function conditionHolds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
