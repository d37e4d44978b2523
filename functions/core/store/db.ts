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
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Pacing, sendUntilProcessed } from '../platform/batch.ts';
import { toAttributes } from './attribute.ts';
import {
  type Changes,
  type Clause,
  conditionExpression,
  keyExpression,
  projectionExpression,
  updateExpression,
} from './expression.ts';
import type { Key } from './keys.ts';

/** Names of the tables. */
export interface Tables {
  readonly jobs: string;
  readonly runs: string;
  readonly records: string;
  readonly access: string;
  readonly counters: string;
  readonly collections: string;
}

/** The connection of the store. */
export interface Db {
  readonly client: DynamoDBClient;
  readonly tables: Tables;
  /**
   * Delay and randomness between attempts at a batch.
   *
   * @defaultValue SYSTEM_PACING
   */
  readonly pacing?: Pacing;
}

export type Item = Record<string, unknown>;

/** Limits of DynamoDB: 100 keys in a BatchGetItem, 25 writes in a BatchWriteItem. */
export const GET_BATCH = 100;
const WRITE_BATCH = 25;

/** Removes null and undefined attributes: the store does not distinguish absent from null. */
const withoutNulls = (item: Item): Item => Object.fromEntries(Object.entries(item).filter(([, v]) => v != null));

export async function get(db: Db, table: string, key: Key, consistent = true): Promise<Item | undefined> {
  const { Item } = await db.client.send(
    new GetItemCommand({ TableName: table, Key: toAttributes({ ...key }), ConsistentRead: consistent }),
  );
  return Item && unmarshall(Item);
}

type Keys = Record<string, KeysAndAttributes>;

export interface GetManyOptions {
  /** `true`, or the tables that are read consistently. @defaultValue true */
  readonly consistent?: boolean | readonly string[];
  /** Attributes to return; must include `pk` and `sk`. DynamoDB reads and bills whole items regardless. */
  readonly attributes?: readonly string[];
}

/** Returns the items of any number of keys in any tables, in the order of the keys; `undefined` for a missing one. */
export async function getMany(
  db: Db,
  keys: readonly { readonly table: string; readonly key: Key }[],
  { consistent = true, attributes }: GetManyOptions = {},
): Promise<(Item | undefined)[]> {
  const found = new Map<string, Item>();
  const isConsistent = (table: string) => (typeof consistent === 'boolean' ? consistent : consistent.includes(table));
  const name = (table: string, key: Key) => `${table}\n${key.pk}\n${key.sk}`;
  const unique = [...new Map(keys.map((k) => [name(k.table, k.key), k])).values()];
  for (let i = 0; i < unique.length; i += GET_BATCH) {
    const request: Keys = {};
    for (const { table, key } of unique.slice(i, i + GET_BATCH)) {
      request[table] ??= { Keys: [], ConsistentRead: isConsistent(table), ...projectionExpression(attributes) };
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

/** @returns `false` if `condition` does not hold */
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

/** @returns `false` if `condition` does not hold */
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
  /** The condition does not hold; `item` is the current item, or `undefined` if there is none. */
  | { readonly ok: false; readonly item: Item | undefined };

/**
 * Updates an item.
 *
 * @returns the whole item: the new one, or the current one if `condition` does not hold
 */
export async function update(
  db: Db,
  table: string,
  key: Key,
  changes: Changes,
  condition?: Clause,
): Promise<UpdateResult> {
  return sendUpdate(db, table, key, changes, condition, 'ALL_NEW');
}

/** Updates an item like {@link update}, without the cost of a response with the new item. */
export async function change(
  db: Db,
  table: string,
  key: Key,
  changes: Changes,
  condition: Clause,
): Promise<{ readonly ok: true } | Extract<UpdateResult, { ok: false }>> {
  return sendUpdate(db, table, key, changes, condition, 'NONE');
}

async function sendUpdate(
  db: Db,
  table: string,
  key: Key,
  changes: Changes,
  condition: Clause | undefined,
  ReturnValues: 'ALL_NEW' | 'NONE',
): Promise<UpdateResult> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: toAttributes({ ...key }),
    ...updateExpression(changes, condition),
    ReturnValues,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes } = await repeatConflicts(() => db.client.send(command));
    return { ok: true, item: unmarshall(Attributes ?? {}) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { ok: false, item: error.Item && unmarshall(error.Item) };
  }
}

export interface QueryOptions {
  readonly index?: string;
  /** Maximum number of items. */
  readonly limit?: number;
  /** Items that DynamoDB reads for one page; by default as many as fit in 1 MB. */
  readonly page?: number;
  readonly newestFirst?: boolean;
  /** Not supported on an index. */
  readonly consistent?: boolean;
  /** Attributes to return. DynamoDB reads and bills whole items regardless. */
  readonly attributes?: readonly string[];
}

/** Yields the items that match a key condition, page by page. */
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

/** Counts the items that match a key condition, read consistently. */
export async function count(db: Db, table: string, key: Clause): Promise<number> {
  let total = 0;
  let start: Record<string, import('@aws-sdk/client-dynamodb').AttributeValue> | undefined;
  do {
    const { Count, LastEvaluatedKey } = await db.client.send(
      new QueryCommand({
        TableName: table,
        Select: 'COUNT',
        ConsistentRead: true,
        ...keyExpression(key),
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    total += Count ?? 0;
    start = LastEvaluatedKey;
  } while (start);
  return total;
}

/** Deletes any number of items, independently and in no order. */
export async function removeMany(db: Db, table: string, keys: readonly Key[]): Promise<void> {
  await writeMany(
    db,
    table,
    keys.map((key) => ({ DeleteRequest: { Key: toAttributes({ ...key }) } })),
  );
}

/**
 * Puts any number of items, independently and in no order.
 *
 * @param signal ends a wait for a throttling store
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

/** A write of a transaction. */
export type Write =
  | { readonly table: string; readonly put: Item; readonly condition?: Clause }
  | { readonly table: string; readonly update: Key; readonly changes: Changes; readonly condition?: Clause }
  | { readonly table: string; readonly remove: Key; readonly condition?: Clause }
  /** Checks a condition without writing. */
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

/**
 * Maximum attempts at a write that conflicts with transactions. The SDK retries throttled requests, but not conflicts.
 */
const TRANSACTION_ATTEMPTS = 6;
const TRANSACTION_PAUSE_MS = 40;

/**
 * Executes all writes or none.
 *
 * @param maxAttempts maximum number of attempts in case of conflicts
 * @returns the index of the first write whose condition does not hold; -1 on success
 */
export async function transact(db: Db, writes: readonly Write[], maxAttempts?: number): Promise<number> {
  const [first = -1] = await transactAll(db, writes, maxAttempts);
  return first;
}

/**
 * Executes all writes or none.
 *
 * @returns the indices of the writes whose condition does not hold; empty on success
 */
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

/**
 * @returns `true` if a failed transaction certainly had no effect; after other errors, such as a missing response, the
 * outcome is unknown
 */
export const isDefinitelyNotApplied = (error: unknown): boolean => error instanceof TransactionCanceledException;

/** @returns whether a write had no effect because of a transaction of the same item */
export const isConflict = (error: unknown): boolean =>
  error instanceof TransactionConflictException ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict'));

/** Error codes of requests that DynamoDB rejects because of their content. */
const INVALID_REQUEST_CODES: readonly (string | undefined)[] = [
  'ValidationException',
  'ValidationError',
  'SerializationException',
  'ItemCollectionSizeLimitExceeded',
  'ItemCollectionSizeLimitExceededException',
];

/**
 * @returns whether DynamoDB rejected the content of a request, so that a repetition is pointless
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export function isInvalidRequest(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).some(({ Code }) => INVALID_REQUEST_CODES.includes(Code));
  }
  return error instanceof Error && INVALID_REQUEST_CODES.includes(error.name);
}

/**
 * Repeats a write of one item while it conflicts with a transaction of the same item, which the SDK does not. A conflict
 * has no effect.
 *
 * @throws TransactionConflictException after the last attempt
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
async function repeatConflicts<Answer>(write: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      const isConflict = error instanceof TransactionConflictException;
      if (/* guard: write.conflict.retry */ !isConflict || tries === TRANSACTION_ATTEMPTS) throw error;
      await sleep(Math.random() * TRANSACTION_PAUSE_MS * tries);
    }
  }
}

async function conditionHolds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await repeatConflicts(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
