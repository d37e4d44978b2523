import {
  type AttributeValue,
  type BatchGetItemCommandInput,
  type BatchWriteItemCommandInput,
  ConditionalCheckFailedException,
  type DeleteItemCommandInput,
  DynamoDBServiceException,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItemsCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { holds, type Item, type Placeholders, projected, updated } from './dynamodb-expressions.ts';

type Keyed = Record<string, AttributeValue>;

/** Key attributes of a global secondary index that projects keys only. */
export interface IndexKeys {
  readonly partition: string;
  readonly sort: string;
}

export interface TableSpec {
  readonly name: string;
  /** @defaultValue none */
  readonly indexes?: Readonly<Record<string, IndexKeys>>;
}

/** A change of one item, with its images before and after. */
export interface ItemChange {
  readonly table: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

interface Row {
  readonly id: string;
  readonly keys: Item;
  readonly sort: string;
}

class Index {
  readonly #keys: IndexKeys;
  /** Rows in sort key order, by partition. */
  readonly #partitions = new Map<string, Row[]>();
  readonly #where = new Map<string, { readonly rows: Row[]; readonly row: Row }>();

  constructor(keys: IndexKeys) {
    this.#keys = keys;
  }

  apply(id: string, item: Item | undefined): void {
    const former = this.#where.get(id);
    if (former) former.rows.splice(positionOf(former.rows, former.row), 1);
    this.#where.delete(id);
    const [partition, sort] = [item?.[this.#keys.partition]?.S, item?.[this.#keys.sort]?.S];
    if (item === undefined || partition === undefined || sort === undefined) return;
    const { pk, sk } = item as { pk: AttributeValue; sk: AttributeValue };
    const keys = { pk, sk, [this.#keys.partition]: { S: partition }, [this.#keys.sort]: { S: sort } };
    const row = { id, keys, sort };
    const rows = this.#partitions.get(partition) ?? [];
    rows.splice(positionOf(rows, row), 0, row);
    this.#partitions.set(partition, rows);
    this.#where.set(id, { rows, row });
  }

  /** Returns the rows of a partition in sort key order. */
  rows(partition: string): readonly Row[] {
    return this.#partitions.get(partition) ?? [];
  }
}

/** Returns the index of a row in sorted rows, or the index at which it belongs. */
function positionOf(rows: readonly Row[], row: Row): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(rows[middle] as Row, row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isBefore = (a: Row, b: Row): boolean => (a.sort === b.sort ? a.id < b.id : a.sort < b.sort);

class Table {
  readonly partitions = new Map<string, Map<string, Item>>();
  readonly indexes: ReadonlyMap<string, { readonly keys: IndexKeys; readonly index: Index }>;
  readonly #late: { readonly at: number; readonly id: string; readonly item: Item | undefined }[] = [];
  readonly #outdated = new Map<string, { readonly until: number; readonly item: Item | undefined }>();
  #sorted = new Map<string, Item[]>();

  constructor({ indexes = {} }: TableSpec) {
    this.indexes = new Map(Object.entries(indexes).map(([name, keys]) => [name, { keys, index: new Index(keys) }]));
  }

  get(pk: string, sk: string): Item | undefined {
    return this.partitions.get(pk)?.get(sk);
  }

  /** Returns the item as an eventually consistent read at `now` shows it. */
  getOutdated(pk: string, sk: string, now: number): Item | undefined {
    const outdated = this.#outdated.get(`${pk}\n${sk}`);
    return outdated && outdated.until > now ? outdated.item : this.get(pk, sk);
  }

  /** Shows eventually consistent reads the item as it was before a write, until `until`. */
  hideWrite(
    id: string,
    before: Item | undefined,
    { now, until }: { readonly now: number; readonly until: number },
  ): void {
    const outdated = this.#outdated.get(id);
    if (outdated && outdated.until > now) return;
    if (until > now) this.#outdated.set(id, { until, item: before });
    else this.#outdated.delete(id);
  }

  set(pk: string, sk: string, item: Item | undefined): void {
    const items = this.partitions.get(pk) ?? new Map<string, Item>();
    if (item === undefined) items.delete(sk);
    else items.set(sk, item);
    this.partitions.set(pk, items);
    this.#sorted.delete(pk);
  }

  /** Returns the items of a partition in sort key order. */
  sorted(pk: string): readonly Item[] {
    let items = this.#sorted.get(pk);
    if (!items) {
      const byKey = ([a]: [string, Item], [b]: [string, Item]) => (a < b ? -1 : 1);
      items = [...(this.partitions.get(pk)?.entries() ?? [])].sort(byKey).map(([, item]) => item);
      this.#sorted.set(pk, items);
    }
    return items;
  }

  /** Queues a change that becomes visible in the indexes at `at`. Changes become visible in the order of the writes. */
  index(id: string, item: Item | undefined, at: number): void {
    if (this.indexes.size === 0) return;
    const last = this.#late.at(-1)?.at ?? 0;
    this.#late.push({ at: Math.max(at, last), id, item });
  }

  catchUp(now: number): void {
    for (let next = this.#late[0]; next && next.at <= now; next = this.#late[0]) {
      this.#late.shift();
      for (const { index } of this.indexes.values()) index.apply(next.id, next.item);
    }
  }
}

/** A DynamoDB call: the name of the SDK command and its input. */
export type DynamoDbCall = { readonly name: string; readonly input: unknown };

export interface MemoryDynamoDbOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /**
   * Milliseconds until the indexes show a change.
   *
   * @defaultValue none
   */
  readonly indexLag?: () => number;
  /**
   * Milliseconds until eventually consistent reads of single items show a change.
   *
   * @defaultValue none
   */
  readonly readLag?: () => number;
  readonly onChange?: (change: ItemChange) => void;
}

/**
 * The part of DynamoDB that the store uses, in memory and synchronous: conditions, transactions, lagging indexes and
 * ordered change events. A property test compares it with DynamoDB Local.
 */
export class MemoryDynamoDb {
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #options: MemoryDynamoDbOptions;

  constructor(tables: readonly TableSpec[], options: MemoryDynamoDbOptions) {
    this.#tables = new Map(tables.map((spec) => [spec.name, new Table(spec)]));
    this.#options = options;
  }

  /** Returns every item of a table in unspecified order. */
  items(table: string): Item[] {
    return [...this.#table(table).partitions.values()].flatMap((items) => [...items.values()]);
  }

  /** @throws the errors of the SDK client */
  perform({ name, input }: DynamoDbCall): unknown {
    refuseHalfPairs(input);
    switch (name) {
      case 'GetItemCommand':
        return this.#get(input as GetItemCommandInput);
      case 'BatchGetItemCommand':
        return this.#batchGet(input as BatchGetItemCommandInput);
      case 'PutItemCommand':
        return this.#put(input as PutItemCommandInput);
      case 'UpdateItemCommand':
        return this.#update(input as UpdateItemCommandInput);
      case 'DeleteItemCommand':
        return this.#delete(input as DeleteItemCommandInput);
      case 'QueryCommand':
        return this.#query(input as QueryCommandInput);
      case 'BatchWriteItemCommand':
        return this.#batchWrite(input as BatchWriteItemCommandInput);
      case 'TransactWriteItemsCommand':
        return this.#transact(input as TransactWriteItemsCommandInput);
      default:
        throw new Error(`MemoryDynamoDb does not support ${name}`);
    }
  }

  #table(name: string | undefined): Table {
    const table = this.#tables.get(name ?? '');
    if (!table) throw new Error(`unknown table ${name}`);
    return table;
  }

  #write(name: string, key: Keyed, after: Item | undefined): void {
    const table = this.#table(name);
    const [pk, sk] = keyOf(key);
    const before = table.get(pk, sk);
    if (before === undefined && after === undefined) return;
    table.set(pk, sk, after);
    const now = this.#options.now();
    table.hideWrite(`${pk}\n${sk}`, before, { now, until: now + (this.#options.readLag?.() ?? 0) });
    table.index(`${pk}\n${sk}`, after, this.#options.now() + (this.#options.indexLag?.() ?? 0));
    if (!before || !after || JSON.stringify(before) !== JSON.stringify(after)) {
      this.#options.onChange?.({ table: name, before, after });
    }
  }

  /** Returns an item as the next read shows it. */
  #read(table: string | undefined, key: Keyed, consistent: boolean | undefined): Item | undefined {
    const [pk, sk] = keyOf(key);
    return consistent ? this.#table(table).get(pk, sk) : this.#table(table).getOutdated(pk, sk, this.#options.now());
  }

  #get({ TableName, Key, ConsistentRead }: GetItemCommandInput) {
    const item = this.#read(TableName, Key ?? {}, ConsistentRead);
    return { ...(item && { Item: item }) };
  }

  #batchGet({ RequestItems = {} }: BatchGetItemCommandInput) {
    const found = Object.entries(RequestItems).map(
      ([name, { Keys = [], ConsistentRead, ProjectionExpression, ...names }]) => {
        const items = Keys.map((key) => this.#read(name, key, ConsistentRead));
        const present = items.filter((item) => item !== undefined);
        return [name, present.map((item) => projected(ProjectionExpression, item, names))] as const;
      },
    );
    return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
  }

  #put(input: PutItemCommandInput) {
    const { TableName = '', Item = {}, ConditionExpression } = input;
    const before = this.#table(TableName).get(...keyOf(Item));
    if (!holds(ConditionExpression, before ?? {}, input)) throw conditionFailed(input, before);
    this.#write(TableName, Item, Item);
    return {};
  }

  #update(input: UpdateItemCommandInput) {
    const { TableName = '', Key = {}, ConditionExpression, UpdateExpression = '' } = input;
    const before = this.#table(TableName).get(...keyOf(Key));
    if (!holds(ConditionExpression, before ?? {}, input)) throw conditionFailed(input, before);
    const after = updated(UpdateExpression, before ?? { ...Key }, input);
    this.#write(TableName, Key, after);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: after } : {};
  }

  #delete(input: DeleteItemCommandInput) {
    const { TableName = '', Key = {}, ConditionExpression } = input;
    const before = this.#table(TableName).get(...keyOf(Key));
    if (!holds(ConditionExpression, before ?? {}, input)) throw conditionFailed(input, before);
    this.#write(TableName, Key, undefined);
    return {};
  }

  #batchWrite({ RequestItems = {} }: BatchWriteItemCommandInput) {
    for (const [table, requests] of Object.entries(RequestItems)) {
      for (const { PutRequest, DeleteRequest } of requests) {
        if (PutRequest?.Item) this.#write(table, PutRequest.Item, PutRequest.Item);
        if (DeleteRequest?.Key) this.#write(table, DeleteRequest.Key, undefined);
      }
    }
    return { UnprocessedItems: {} };
  }

  #transact({ TransactItems = [] }: TransactWriteItemsCommandInput) {
    const writes = TransactItems.map(({ Put, Update, Delete, ConditionCheck }) => {
      const write = Put ?? Update ?? Delete ?? ConditionCheck;
      if (!write) throw new Error('a transaction has an empty write');
      const key = ('Item' in write ? write.Item : 'Key' in write ? write.Key : undefined) ?? {};
      const before = this.#table(write.TableName).get(...keyOf(key));
      const ok = holds(write.ConditionExpression, before ?? {}, write);
      const after = Put
        ? Put.Item
        : Update
          ? ok && updated(Update.UpdateExpression ?? '', before ?? { ...key }, write)
          : undefined;
      return { table: write.TableName ?? '', key, ok, after: after || undefined, writes: ConditionCheck === undefined };
    });
    const names = writes.map(({ table, key }) => [table, ...keyOf(key)].join('\n'));
    if (new Set(names).size < names.length) throw new Error('a transaction has two writes of one item');
    if (writes.some(({ ok }) => !ok)) {
      throw new TransactionCanceledException({
        message: 'Transaction cancelled',
        $metadata: {},
        CancellationReasons: writes.map(({ ok }) => ({ Code: ok ? 'None' : 'ConditionalCheckFailed' })),
      });
    }
    for (const write of writes) if (write.writes) this.#write(write.table, write.key, write.after);
    return {};
  }

  #query(input: QueryCommandInput) {
    const table = this.#table(input.TableName);
    table.catchUp(this.#options.now());
    const found = this.#matching(table, input);
    if (input.ScanIndexForward === false) found.reverse();
    const start = input.ExclusiveStartKey && idOf(input.ExclusiveStartKey);
    const from = start === undefined ? 0 : found.findIndex((item) => idOf(item) === start) + 1;
    const page = found.slice(from, from + (input.Limit ?? found.length));
    const last = page.at(-1);
    // A full page has a `LastEvaluatedKey` even if no item follows, as in DynamoDB.
    const isFull = last !== undefined && page.length === input.Limit;
    return {
      Count: page.length,
      ...(input.Select !== 'COUNT' && {
        Items: page.map((item) => projected(input.ProjectionExpression, item, input)),
      }),
      ...(isFull && { LastEvaluatedKey: last }),
    };
  }

  #matching(table: Table, input: QueryCommandInput): Item[] {
    const { IndexName, KeyConditionExpression } = input;
    if (IndexName === undefined) {
      const items = table.sorted(partitionOf('pk', input));
      return items.filter((item) => holds(KeyConditionExpression, item, input));
    }
    const found = table.indexes.get(IndexName);
    if (!found) throw new Error(`unknown index ${IndexName}`);
    // Large partitions are read up to the first page only, where possible.
    const isFirstPage = input.ScanIndexForward !== false && input.ExclusiveStartKey === undefined;
    const limit = (isFirstPage && input.Limit) || Number.POSITIVE_INFINITY;
    const items: Item[] = [];
    for (const { keys } of found.index.rows(partitionOf(found.keys.partition, input))) {
      if (items.length >= limit) break;
      if (holds(KeyConditionExpression, keys, input)) items.push(keys);
    }
    return items;
  }
}

/** Rejects lone surrogates in values and attribute names at any depth, as DynamoDB does. */
function refuseHalfPairs(value: unknown): void {
  const isText = typeof value !== 'string' || value.isWellFormed();
  if (!isText) {
    const details = { name: 'SerializationException', $fault: 'client', $metadata: { httpStatusCode: 400 } } as const;
    throw new DynamoDBServiceException({ ...details, message: 'the text has a lone surrogate' });
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if (Array.isArray(value)) {
    for (const part of value) refuseHalfPairs(part);
    return;
  }
  for (const name in value) {
    refuseHalfPairs(name);
    refuseHalfPairs((value as Readonly<Record<string, unknown>>)[name]);
  }
}

function keyOf({ pk, sk }: Keyed): [string, string] {
  if (pk?.S === undefined || sk?.S === undefined) throw new Error('an item has no key');
  return [pk.S, sk.S];
}

const idOf = (item: Item): string => keyOf(item as Keyed).join('\n');

/** Returns the value that a key condition requires of the partition key. */
function partitionOf(
  attribute: string,
  input: Placeholders & { readonly KeyConditionExpression?: string | undefined },
) {
  const { ExpressionAttributeNames = {}, ExpressionAttributeValues = {}, KeyConditionExpression = '' } = input;
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/(#\w+) = (:\w+)/g)) {
    if (ExpressionAttributeNames[name] === attribute) return ExpressionAttributeValues[value]?.S ?? '';
  }
  throw new Error(`a query without the key of a partition: ${KeyConditionExpression}`);
}

function conditionFailed(
  {
    ReturnValuesOnConditionCheckFailure: wanted,
  }: { readonly ReturnValuesOnConditionCheckFailure?: string | undefined },
  item: Item | undefined,
): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(wanted === 'ALL_OLD' && item && { Item: item as Record<string, AttributeValue> }),
  });
}
