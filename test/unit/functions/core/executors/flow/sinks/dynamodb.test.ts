import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { FlowContext } from '../../../../../../../functions/core/executors/flow/flow-context.ts';
import { createDynamoDbWriter } from '../../../../../../../functions/core/executors/flow/sinks/dynamodb.ts';
import { findStorageFault } from '../../../../../../../functions/core/store/collections.ts';
import { query } from '../../../../../../../functions/core/store/db.ts';
import { equals } from '../../../../../../../functions/core/store/expression.ts';
import { collectionKey } from '../../../../../../../functions/core/store/keys.ts';
import { acme } from '../../../../../../helpers/builders/executions.ts';
import { httpContext } from '../../../../../../helpers/builders/http-context.ts';
import { aSinkPage, LINEAGE } from '../../../../../../helpers/builders/sink-page.ts';
import { faultyDb } from '../../../../../../helpers/fakes/faulty-db.ts';
import { bundleExpressionHost } from '../../../../../../helpers/system/expression-host.ts';
import { startTestStore, type TestStore } from '../../../../../../helpers/system/test-store.ts';

const never = new AbortController().signal;
const NOON = '2026-03-02T12:00:00.000Z';
let store: TestStore;
let host: Awaited<ReturnType<typeof bundleExpressionHost>>;
let collections = 0;

beforeAll(async () => {
  [store, host] = await Promise.all([startTestStore({ streams: false }), bundleExpressionHost()]);
});
afterAll(() => Promise.all([store.stop(), host.remove()]));

/** Creates a writer to a collection of its own. */
function sink(key: string | null, context: Partial<FlowContext> = {}) {
  const collection = `orders-${++collections}`;
  const spec = { id: 'sink_1', type: 'dynamodb', collection, key } as const;
  return { ...createDynamoDbWriter(spec, httpContext({ db: store.db, ...context }), host), collection };
}

/** Writes one page with its own writer. */
async function write(key: string | null, values: readonly Json[]) {
  const writer = sink(key);
  try {
    return { ...(await writer.write(aSinkPage(values), never)), items: await itemsOf(writer.collection) };
  } finally {
    await writer.close?.();
  }
}

async function itemsOf(collection: string) {
  const { pk } = collectionKey(acme, collection, '');
  const items = await query(store.db, store.db.tables.collections, equals('pk', pk), { consistent: true });
  return items.map(({ pk: _, ...item }) => item);
}

describe('createDynamoDbWriter', () => {
  test('stores records under text and number keys', async () => {
    const { items, refused, bytes } = await write('sku', [{ sku: 'a' }, { sku: 12 }, { sku: 'b', list: [1, null] }]);

    expect(items).toEqual([
      { sk: '12', record: { sku: 12 }, updatedAt: NOON },
      { sk: 'a', record: { sku: 'a' }, updatedAt: NOON },
      { sk: 'b', record: { sku: 'b', list: [1, null] }, updatedAt: NOON },
    ]);
    expect(refused).toEqual([]);
    expect(bytes).toBe('{"sku":"a"}{"sku":12}{"sku":"b","list":[1,null]}'.length);
  });

  test('keeps fields of any name', async () => {
    const odd: Json[] = [
      '"constructor": 2, "toString": "t"',
      '"hasOwnProperty": 1, "constructor": { "name": "Set" }',
    ].map((fields, n) => JSON.parse(`{ "id": "${n}", ${fields} }`));

    const { items, refused } = await write('id', odd);

    expect(refused).toEqual([]);
    expect(items.map(({ record }) => record)).toEqual(odd);
  });

  test('accepts all records of one key and keeps the last', async () => {
    const values = Array.from({ length: 60 }, (_, n) => ({ id: n % 30, n }));

    const { items, refused } = await write('$string(id)', values);

    expect(refused).toEqual([]);
    expect(items.map(({ record }) => (record as { n: number }).n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, n) => n + 30),
    );
  });

  test('replaces existing items and leaves other collections unchanged', async () => {
    const [one, other] = [sink('id'), sink('id')];

    await one.write(aSinkPage([{ id: 'x', v: 1, old: true }]), never);
    await other.write(aSinkPage([{ id: 'x', v: 9 }]), never);
    await one.write(aSinkPage([{ id: 'x', v: 2 }], { page: 8 }), never);
    await Promise.all([one.close?.(), other.close?.()]);

    expect(await itemsOf(one.collection)).toMatchObject([{ record: { id: 'x', v: 2 } }]);
    expect(await itemsOf(other.collection)).toMatchObject([{ record: { id: 'x', v: 9 } }]);
  });

  test('derives the same keys for the same page without a key expression', async () => {
    const writer = sink(null);

    await writer.write(aSinkPage(['a', null]), never);
    await writer.write(aSinkPage(['a', null]), never);
    await writer.write(aSinkPage(['c'], { page: 8 }), never);

    expect(await itemsOf(writer.collection)).toEqual([
      { sk: `${LINEAGE}#00002#000000007#00000`, record: 'a', updatedAt: NOON },
      { sk: `${LINEAGE}#00002#000000007#00001`, updatedAt: NOON },
      { sk: `${LINEAGE}#00002#000000008#00000`, record: 'c', updatedAt: NOON },
    ]);
  });

  test.each<[key: string, id: Json, message: string]>([
    ['absent', 1, 'key: the expression yields nothing'],
    ['id', true, 'key: must be text or a number, got true'],
    ['id', [1, 2], 'key: must be text or a number, got [1,2]'],
    ['id', '', 'key: must be 1–1024 bytes, got 0'],
    ['id', 'ü'.repeat(513), 'key: must be 1–1024 bytes, got 1026'],
    ['$split(id, "")[0]', '😀', 'key: must be text, got half of a surrogate pair'],
    ['$number(id)', 'x', 'key: Unable to cast value to a number: "x"'],
  ])('refuses a record whose key %s is invalid: %j', async (expression, id, message) => {
    const key = `good = true ? "good" : ${expression}`;

    const { items, refused } = await write(key, [{ good: true }, { id }, { good: true, last: true }]);

    expect(refused).toEqual([{ index: 1, message }]);
    expect(items).toMatchObject([{ sk: 'good', record: { last: true } }]);
  });

  test('refuses records that DynamoDB would not keep unchanged and stores the rest', async () => {
    const { items, refused } = await write('$string(id)', [
      { id: 1, text: 'x'.repeat(395 * 1024) },
      { id: 2, text: 'x'.repeat(380 * 1024) },
      { id: 3, big: 2 ** 60 },
      { id: 4, text: '' },
    ]);

    expect(refused.map(({ index }) => index)).toEqual([0, 2]);
    expect(items.map(({ sk }) => sk)).toEqual(['2', '4']);
  });

  test('refuses a lone surrogate in a text or a name and stores the rest', async () => {
    const half = '😀'.charAt(0);

    const { items, refused } = await write('$string(id)', [
      { id: 1, name: half },
      { id: 2, list: [{ [half]: 1 }] },
      { id: 3, name: '😀' },
    ]);

    const message = 'holds half of a surrogate pair, which is no text';
    expect(refused).toEqual([
      { index: 0, message },
      { index: 1, message },
    ]);
    expect(items).toMatchObject([{ sk: '3', record: { name: '😀' } }]);
  });

  test('refuses only the record that DynamoDB rejects', async () => {
    const picky = faultyDb(store.db, {
      rewrite: (input) => {
        if (!JSON.stringify(input).includes('"unwanted"')) return input;
        throw Object.assign(new Error('not such an item'), { name: 'ValidationException' });
      },
    });
    const writer = sink('$string(id)', { db: picky });
    const values = Array.from({ length: 60 }, (_, id) => ({ id, ...(id === 31 && { kind: 'unwanted' }) }));

    const { refused } = await writer.write(aSinkPage(values), never);
    await writer.close?.();

    expect(refused).toEqual([{ index: 31, message: 'DynamoDB refuses it: not such an item' }]);
    expect(await itemsOf(writer.collection)).toHaveLength(59);
  });

  test('fails temporarily if the table rejects the write', async () => {
    const tables = { ...store.db.tables, collections: 'NoSuchTable' };
    const writer = sink(null, { db: { ...store.db, tables } });

    await expect(writer.write(aSinkPage([1]), never)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
      message: `sink_1: collection '${writer.collection}' could not be written: ResourceNotFoundException`,
    });
  });
});

describe('an item', () => {
  const nested = (levels: number): Json => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json;

  test.each<[what: string, record: Json]>([
    ['nothing', null],
    ['empty text and lists', { a: '', b: [], c: {} }],
    ['31 levels', nested(31)],
    ['the largest whole number', 2 ** 53 - 1],
    ['a small number', 1e-130],
    ['390 KB of text', 'x'.repeat(390 * 1024)],
  ])('may be %s', async (_, record) => {
    expect(findStorageFault(record)).toBeUndefined();
    const { refused, items } = await write(null, [record]);
    expect(refused).toEqual([]);
    expect(items.map((item) => item.record ?? null)).toEqual([record]);
  });

  test.each<[what: string, record: Json, message: RegExp]>([
    ['32 levels', nested(32), /nested deeper than 31 levels/],
    ['any number of levels', nested(5_000), /nested deeper than 31 levels/],
    ['a number that is not exact', { a: [-(2 ** 53)] }, /number out of range: -9007199254740992/],
    ['a number near 0', 1e-131, /number out of range: 1e-131/],
    ['a field without a name', { a: { '': 1 } }, /whose name is not 1–65535 bytes/],
    ['a name like a book', { ['x'.repeat(65_536)]: 1 }, /whose name is not 1–65535 bytes/],
    ['more than 390 KB of text', 'x'.repeat(390 * 1024 + 1), /takes 399361 bytes as an item: at most 399360/],
    ['a long list of short values', Array.from({ length: 100_000 }, () => 1), /takes 400003 bytes/],
  ])('must not be %s', (_, record, message) => {
    expect(findStorageFault(record)).toMatch(message);
  });
});
