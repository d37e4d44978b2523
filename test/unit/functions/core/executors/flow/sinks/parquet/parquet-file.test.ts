import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../../../../../functions/core/domain/exact-json.ts';
import { type Column, MAX_COLUMNS } from '../../../../../../../../functions/core/domain/flow/column.ts';
import { COMPRESSIONS } from '../../../../../../../../functions/core/domain/flow/source.ts';
import type { Json } from '../../../../../../../../functions/core/domain/json.ts';
import { toParquet, toRows } from '../../../../../../../../functions/core/executors/flow/sinks/parquet/parquet-file.ts';
import { iterations } from '../../../../../../../helpers/iterations.ts';
import { readParquet } from '../../../../../../../helpers/read-parquet.ts';

/** Writes values as a file and reads it. */
async function write(values: readonly Json[], columns?: readonly Column[]) {
  const { body, refused } = toParquet(values, columns, undefined);
  return { ...(await readParquet(body)), refused };
}

const typesOf = (values: readonly Json[]) =>
  Object.fromEntries(toRows(values).columns.map(({ name, type }) => [name, type]));

describe('inferred columns', () => {
  it.each<[values: readonly Json[], type: string]>([
    [[true, null], 'boolean'],
    [[1, -5], 'integer'],
    [[1, parseExactJson('9007199254740993')], 'integer'],
    [[1, 0.5], 'double'],
    [[0.5, parseExactJson('9007199254740993')], 'json'],
    [[1e300], 'double'],
    [[parseExactJson('0.1234567890123456789')], 'json'],
    [[parseExactJson('9223372036854775808123')], 'json'],
    [['a', null], 'string'],
    [[null], 'string'],
    [['a', 1], 'json'],
    [['\ud800'], 'json'],
    [[[1]], 'json'],
    [[{ a: 1 }], 'json'],
  ])('hold %j as %s', (values, type) => {
    expect(typesOf(values.map((value) => ({ value })))).toEqual({ value: type });
  });

  it('contain every value unchanged', async () => {
    const scalar = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
      fc.string({ unit: 'binary' }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((integer) => parseExactJson(String(integer))),
      fc.array(fc.integer(), { maxLength: 3 }),
    );
    const records = fc.array(fc.dictionary(fc.constantFrom('a', 'b.c', '', 'length'), scalar, { minKeys: 1 }), {
      minLength: 1,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(records, fc.constantFrom(undefined, ...COMPRESSIONS), async (given, compression) => {
        const values = given as Json[];
        const { columns } = toRows(values);
        const { body, refused } = toParquet(values, undefined, compression);

        const { rows } = await readParquet(body);

        expect(refused).toEqual([]);
        const restored = rows.map((row) =>
          columns.map(({ name, type }) => {
            const value = Object.getOwnPropertyDescriptor(row, name)?.value as unknown;
            if (value === null) return null;
            if (typeof value === 'bigint') return parseExactJson(String(value));
            return type === 'json' ? parseExactJson(value as string) : (value as Json);
          }),
        );
        const expected = given.map((record) =>
          columns.map(({ name }) => Object.getOwnPropertyDescriptor(record, name)?.value ?? null),
        );
        expect(restored.map((row) => JSON.stringify(row))).toEqual(expected.map((row) => JSON.stringify(row)));
      }),
      { numRuns: iterations(100, 1_000) },
    );
  });

  it('refuse records that are no objects, or have no field', () => {
    expect(toRows([5, null, [1], 'a']).refused.map(({ message }) => message)).toEqual(
      ['a number', 'null', 'a list', 'a string'].map((kind) => `Parquet: must be an object, got ${kind}`),
    );
    expect(toRows([{}]).refused).toEqual([{ index: 0, message: 'Parquet: must have a field' }]);
  });

  it('refuse a record with more columns than an object may have', () => {
    const many = Object.fromEntries(Array.from({ length: MAX_COLUMNS }, (_, i) => [`column_${i}`, i]));

    const { columns, refused } = toRows([many, { other: 1 }, { column_1: 2 }]);

    expect(columns).toHaveLength(MAX_COLUMNS);
    expect(refused).toEqual([{ index: 1, message: 'Parquet: an object has up to 1000 columns, got more' }]);
  });
});

describe('declared columns', () => {
  it.each<[type: string, value: Json, read: unknown]>([
    ['boolean', true, true],
    ['integer', 1e15, 10n ** 15n],
    ['integer', parseExactJson('-9223372036854775808'), -(2n ** 63n)],
    ['double', 0.1, 0.1],
    ['string', 'ü😀', 'ü😀'],
    ['json', { a: [1] }, '{"a":[1]}'],
    ['json', 'a', '"a"'],
    ['timestamp', '2026-03-02T12:00:00.5+01:00', new Date('2026-03-02T11:00:00.500Z')],
    ['timestamp', '2026-03-02 12:00:00Z', new Date('2026-03-02T12:00:00Z')],
    ['timestamp', '2026-03-02T12:00:00+0130', new Date('2026-03-02T10:30:00Z')],
    ['timestamp', 0, new Date(0)],
    ['date', '1969-12-31', new Date('1969-12-31')],
    ['decimal(10,2)', '-12.5', -12.5],
    ['decimal(10,2)', 0.1, 0.1],
    ['decimal(5,0)', 1e4, 10_000],
    ['decimal(38,2)', 12.25, 12.25],
  ])('of type %s hold %j', async (type, value, expected) => {
    const { rows, refused } = await write([{ value }, { value: null }, {}], [{ name: 'value', type }]);

    expect(refused).toEqual([]);
    expect(rows).toEqual([{ value: expected }, { value: null }, { value: null }]);
  });

  it('keep all digits of decimals, and microseconds', () => {
    const text = '1234567890123456789012345678.0123456789';
    const columns = [
      { name: 'amount', type: 'decimal(38,10)' },
      { name: 'at', type: 'timestamp' },
    ];

    const { cells } = toRows([{ amount: parseExactJson(text), at: '2026-03-02T12:00:00.123456Z' }], columns);

    expect(cells).toEqual([[BigInt(text.replace('.', ''))], [1_772_452_800_123_456n]]);
  });

  it.each<[type: string, value: Json]>([
    ['boolean', 1],
    ['integer', 0.5],
    ['integer', '1'],
    ['integer', 1e20],
    ['integer', parseExactJson('9223372036854775808')],
    ['double', '0.5'],
    ['double', parseExactJson('0.1234567890123456789')],
    ['string', 5],
    ['string', '\ud800'],
    ['timestamp', '2026-03-02T12:00:00'],
    ['timestamp', '2026-02-30T12:00:00Z'],
    ['timestamp', '2026-03-02T12:00:00.123456789Z'],
    ['timestamp', 1e20],
    ['date', '2026-02-30'],
    ['date', '2026-03-02T12:00:00Z'],
    ['decimal(4,2)', 100],
    ['decimal(4,2)', 0.125],
    ['decimal(4,2)', 'twelve'],
    ['decimal(38,0)', parseExactJson('1e9999')],
  ])('of type %s refuse %j', (type, value) => {
    const { refused } = toRows([{ value }], [{ name: 'value', type }]);

    const message = `Parquet: column value must be ${type}, got ${JSON.stringify(value)}`;
    expect(refused).toEqual([{ index: 0, message }]);
  });

  it('refuse a record without a required value, and leave out other fields', async () => {
    const columns = [{ name: 'id', type: 'integer', required: true }];

    const { rows, refused, metadata } = await write([{ id: 1, other: [] }, { other: 2 }, { id: null }], columns);

    const message = 'Parquet: column id is required';
    expect(refused).toEqual([1, 2].map((index) => ({ index, message })));
    expect(rows).toEqual([{ id: 1n }]);
    expect(metadata.schema[1]).toMatchObject({ name: 'id', repetition_type: 'REQUIRED' });
  });
});

describe('toParquet', () => {
  it('makes the same bytes of the same records', () => {
    const [first, second] = [1, 2].map(() => toParquet([{ id: 1, at: 'a' }, { id: null }], undefined, 'zstd').body);

    expect(first).toEqual(second);
  });

  it.each([
    [undefined, 'SNAPPY'],
    ['none', 'UNCOMPRESSED'],
    ['gzip', 'GZIP'],
    ['zstd', 'ZSTD'],
  ] as const)('compresses with %s as %s', async (compression, codec) => {
    const { body } = toParquet([{ text: 'a'.repeat(1_000) }], undefined, compression);

    const { metadata } = await readParquet(body);
    expect(metadata.row_groups[0]?.columns[0]?.meta_data?.codec).toBe(codec);
  });
});
