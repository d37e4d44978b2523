import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as clause from '../../../../../functions/core/store/expression.ts';
import {
  conditionExpression,
  keyExpression,
  updateExpression,
} from '../../../../../functions/core/store/expression.ts';
import { MemoryDynamoDb } from '../../../../helpers/fakes/memory-dynamodb.ts';
import { iterations } from '../../../../helpers/iterations.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

/** `MemoryDynamoDb` and DynamoDB Local give the same responses to the same commands. */
let store: TestStore;
let real: DynamoDBClient;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
  real = store.db.client;
});
afterAll(() => store.stop());

const ROUNDS = iterations(25, 400);
const TABLE = 'Runs';
const INDEX = { active: { partition: 'activeKey', sort: 'createdKey' } };

type Command = { readonly input: object };

let rounds = 0;

const names = fc.constantFrom('state', 'attempt', 'leaseToken');
const values = fc.oneof(fc.constantFrom('queued', 'running', 'b', ''), fc.integer({ min: -2, max: 12 }));
const keys = fc.record({ pk: fc.constantFrom('p', 'q'), sk: fc.constantFrom('R#1', 'R#2', 'S#1', 'S#10') });

const simple = fc.oneof(
  fc.record({ name: names, value: values }).map(({ name, value }) => clause.equals(name, value)),
  fc.record({ name: names, value: values }).map(({ name, value }) => clause.below(name, value)),
  fc.record({ name: names, value: values }).map(({ name, value }) => clause.atMost(name, value)),
  fc.record({ name: names, value: fc.option(values) }).map(({ name, value }) => clause.equalsOrAbsent(name, value)),
  fc
    .record({ name: names, low: values })
    .map(({ name, low }) => clause.between(name, low, typeof low === 'string' ? 'z' : 20)),
  names.map(clause.exists),
  names.map(clause.absent),
  fc.constantFrom('pk').map(clause.exists),
);
const conditions = fc.oneof(
  simple,
  fc.array(simple, { minLength: 1, maxLength: 3 }).map((all) => clause.all(...all)),
  fc.array(simple, { minLength: 1, maxLength: 3 }).map((any) => clause.any(...any)),
  fc.tuple(simple, simple, simple).map(([a, b, c]) => clause.all(a, clause.any(b, c))),
);
const attributes = fc.dictionary(names, values, { maxKeys: 3 });
const changes = fc.record({
  set: fc.dictionary(names, fc.option(values), { minKeys: 1, maxKeys: 2 }),
  add: fc.constantFrom({}, { count: 2 }, { count: -1 }),
  setOnce: fc.constantFrom({}, { first: 'a' }, { first: 'b' }),
});

const marshalled = (record: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'string' ? { S: value } : { N: String(value) },
    ]),
  );
const inRound = ({ pk, sk }: { pk: string; sk: string }) => marshalled({ pk: `${rounds}${pk}`, sk });
/** Every row is in the index, under its own keys. */
const indexed = { activeKey: 'all', createdKey: 'x' };

const commands: fc.Arbitrary<() => Command> = fc.oneof(
  fc
    .record({ key: keys, condition: fc.option(conditions), attributes })
    .map(({ key, condition, attributes: rest }) => () => {
      const Item = {
        ...marshalled({ ...indexed, activeKey: `${rounds}`, createdKey: key.pk + key.sk, ...rest }),
        ...inRound(key),
      };
      return new PutItemCommand({ TableName: TABLE, Item, ...(condition && conditionExpression(condition)) });
    }),
  fc
    .record({ key: keys, condition: fc.option(conditions), change: changes })
    .map(({ key, condition, change }) => () => {
      const expression = updateExpression(change, condition ?? undefined);
      return new UpdateItemCommand({
        TableName: TABLE,
        Key: inRound(key),
        ...expression,
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    }),
  fc.record({ key: keys, condition: fc.option(conditions) }).map(({ key, condition }) => () => {
    return new DeleteItemCommand({
      TableName: TABLE,
      Key: inRound(key),
      ...(condition && conditionExpression(condition)),
    });
  }),
  fc.uniqueArray(keys, { minLength: 1, maxLength: 3, selector: ({ pk, sk }) => pk + sk }).chain((chosen) =>
    fc
      .tuple(...chosen.map((key) => fc.record({ key: fc.constant(key), condition: conditions })))
      .map((writes) => () => {
        const TransactItems = writes.map(({ key, condition }, i) => {
          const given = { TableName: TABLE, Key: inRound(key), ...conditionExpression(condition) };
          if (i === 1) return { ConditionCheck: given };
          return {
            Update: { TableName: TABLE, Key: inRound(key), ...updateExpression({ set: { state: 'done' } }, condition) },
          };
        });
        return new TransactWriteItemsCommand({ TransactItems });
      }),
  ),
  fc.uniqueArray(keys, { minLength: 1, maxLength: 3, selector: ({ pk, sk }) => pk + sk }).map((chosen) => () => {
    const requests = chosen.map((key, i) =>
      i % 2 === 0
        ? { DeleteRequest: { Key: inRound(key) } }
        : { PutRequest: { Item: { ...inRound(key), state: { S: 'b' } } } },
    );
    return new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } });
  }),
  keys.map((key) => () => new GetItemCommand({ TableName: TABLE, Key: inRound(key), ConsistentRead: true })),
  fc
    .record({
      pk: fc.constantFrom('p', 'q'),
      prefix: fc.constantFrom('', 'R#', 'S#1'),
      forward: fc.boolean(),
      Limit: fc.constantFrom(1, 2, 10),
    })
    .map(({ pk, prefix, forward, Limit }) => () => {
      const key =
        prefix === ''
          ? clause.equals('pk', `${rounds}${pk}`)
          : clause.all(clause.equals('pk', `${rounds}${pk}`), clause.beginsWith('sk', prefix));
      return new QueryCommand({
        TableName: TABLE,
        ...keyExpression(key),
        ScanIndexForward: forward,
        ConsistentRead: true,
        Limit,
      });
    }),
  fc.boolean().map((forward) => () => {
    const key = clause.equals('activeKey', `${rounds}`);
    return new QueryCommand({
      TableName: TABLE,
      IndexName: 'active',
      ...keyExpression(key),
      ScanIndexForward: forward,
    });
  }),
);

/** Reduces a response to the parts that the store reads. Only the presence of `LastEvaluatedKey` counts. */
async function answer(ask: () => unknown): Promise<unknown> {
  try {
    const { Item, Attributes, Items, Count, LastEvaluatedKey } = (await ask()) as Record<string, unknown>;
    return { Item, Attributes, Items, Count, more: LastEvaluatedKey !== undefined };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { refused: error.Item ?? null };
    if (!(error instanceof TransactionCanceledException)) throw error;
    return { canceled: (error.CancellationReasons ?? []).map(({ Code }) => Code) };
  }
}

describe('MemoryDynamoDb', () => {
  it('responds as DynamoDB Local does to random commands in random order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { minLength: 5, maxLength: 25 }), async (made) => {
        rounds++;
        const memory = new MemoryDynamoDb([{ name: TABLE, indexes: INDEX }], { now: Date.now });

        for (const make of made) {
          const command = make();
          const expected = await answer(() => real.send(command as never));
          const got = await answer(() => memory.perform({ name: command.constructor.name, input: command.input }));

          expect(got, JSON.stringify(command.input)).toEqual(expected);
        }
      }),
      { numRuns: ROUNDS },
    );
  });
});
