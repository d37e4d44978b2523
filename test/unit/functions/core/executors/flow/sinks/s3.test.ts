import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { S3Sink } from '../../../../../../../functions/core/domain/flow/sink.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import { decodeUlidTime } from '../../../../../../../functions/core/domain/run-id.ts';
import { toCsv } from '../../../../../../../functions/core/executors/flow/sinks/format-csv.ts';
import { createS3Writer } from '../../../../../../../functions/core/executors/flow/sinks/s3.ts';
import { createS3Reader } from '../../../../../../../functions/core/executors/flow/sources/s3.ts';
import type { Objects } from '../../../../../../../functions/core/platform/objects.ts';
import { acme } from '../../../../../../helpers/builders/executions.ts';
import { httpContext } from '../../../../../../helpers/builders/http-context.ts';
import { aSinkPage, LINEAGE } from '../../../../../../helpers/builders/sink-page.ts';
import { readAllSplits, sourceContext, valuesOf } from '../../../../../../helpers/builders/source-context.ts';
import { iterations } from '../../../../../../helpers/iterations.ts';
import { readParquet } from '../../../../../../helpers/read-parquet.ts';
import { startTestObjects, type TestObjects } from '../../../../../../helpers/system/test-objects.ts';

const never = new AbortController().signal;
let bucket: TestObjects;

beforeAll(async () => {
  bucket = await startTestObjects();
});
afterAll(() => bucket.stop());
beforeEach(() => bucket.objects.removeAll(''));

function writer(spec: Partial<S3Sink> = {}, objects: Objects = bucket.objects) {
  const sink = { id: 'sink_1', type: 's3', key: 'orders/{page}.ndjson', format: 'ndjson', ...spec } as const;
  return createS3Writer(sink, httpContext({ objects }));
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const page of bucket.objects.list('')) found.push(...page.map(({ key }) => key));
  return found;
}

describe('createS3Writer', () => {
  const key = `data/${acme}/orders/${LINEAGE}-00002-000000007.ndjson`;

  test('writes a page as an object of lines in the tenant’s folder', async () => {
    const result = await writer().write(aSinkPage([{ id: 1, name: 'a\nb\u2028' }, [2], null]), never);

    const text = '{"id":1,"name":"a\\nb\u2028"}\n[2]\nnull\n';
    expect(await bucket.objects.getText(key)).toBe(text);
    expect(result).toEqual({ refused: [], bytes: Buffer.byteLength(text) });
  });

  test('writes the same page to the same object, and another page to another object', async () => {
    const sink = writer();

    await sink.write(aSinkPage([1, 2]), never);
    await sink.write(aSinkPage([1, 2]), never);
    await sink.write(aSinkPage([3], { page: 8 }), never);
    await sink.write(aSinkPage([4], { split: 3 }), never);

    expect(await keys()).toEqual([
      key,
      `data/${acme}/orders/${LINEAGE}-00002-000000008.ndjson`,
      `data/${acme}/orders/${LINEAGE}-00003-000000007.ndjson`,
    ]);
    expect(await bucket.objects.getText(key)).toBe('1\n2\n');
  });

  test('refuses a record of a CSV page that UTF-8 cannot represent and writes the rest', async () => {
    const half = '😀'.charAt(0);
    const records: Json[] = [{ name: half }, { [half]: 1 }, { list: [half] }, { name: '😀' }];

    const { refused } = await writer({ format: 'csv' }).write(aSinkPage(records), never);

    const message = 'CSV: must be text, got half of a surrogate pair';
    expect(refused).toEqual([
      { index: 0, message },
      { index: 1, message },
    ]);
    expect(await bucket.objects.getText(key)).toBe('list,name\r\n"[""\\ud83d""]",\r\n,😀\r\n');
  });

  test('writes a lone surrogate as a JSON escape', async () => {
    const { refused } = await writer().write(aSinkPage([{ name: '😀'.charAt(0) }]), never);

    expect(refused).toEqual([]);
    expect(await bucket.objects.getText(key)).toBe('{"name":"\\ud83d"}\n');
  });

  test('inserts the page’s name wherever the key refers to it', async () => {
    await writer({ key: '{page}/of/{page}' }).write(aSinkPage([1]), never);

    const page = `${LINEAGE}-00002-000000007`;
    expect(await keys()).toEqual([`data/${acme}/${page}/of/${page}`]);
  });

  test('writes CSV and refuses values that are not objects', async () => {
    const result = await writer({ format: 'csv', key: '{page}.csv' }).write(
      aSinkPage([{ id: 1 }, 'two', { id: 3 }]),
      never,
    );

    expect(await bucket.objects.getText(`data/${acme}/${LINEAGE}-00002-000000007.csv`)).toBe('id\r\n1\r\n3\r\n');
    expect(result).toEqual({
      refused: [{ index: 1, message: 'CSV: must be an object, got a string' }],
      bytes: 'id\r\n1\r\n3\r\n'.length,
    });
  });

  test('writes no object for a page without accepted records', async () => {
    const result = await writer({ format: 'csv' }).write(aSinkPage([1, null]), never);

    expect(result).toMatchObject({ refused: [{ index: 0 }, { index: 1 }], bytes: 0 });
    expect(await keys()).toEqual([]);
  });

  test('fails temporarily if the bucket is unreachable', async () => {
    const put = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED secret-host'), { name: 'TimeoutError' });
    };

    await expect(writer({}, { ...bucket.objects, put }).write(aSinkPage([1]), never)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
      message: 'sink_1: an object could not be written: TimeoutError',
    });
  });

  test('rejects with the reason of an abort', async () => {
    const reason = new Error('the lease is lost');

    await expect(writer().write(aSinkPage([1]), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await keys()).toEqual([]);
  });
});

describe('the format of an s3 sink', () => {
  const stored = async (spec: Partial<S3Sink>, values: readonly Json[]) => {
    const { refused } = await writer(spec).write(aSinkPage(values), never);
    const [name = ''] = await keys();
    if (name === '') return { name, refused, bytes: Buffer.alloc(0) };
    const { Body } = await bucket.s3.send(new GetObjectCommand({ Bucket: 'files', Key: name }));
    return { name, refused, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) };
  };

  test('may be one JSON array', async () => {
    const { bytes } = await stored({ key: 'a/{page}.json', format: 'json' }, [{ a: 1 }, [2], null]);

    expect(JSON.parse(bytes.toString())).toEqual([{ a: 1 }, [2], null]);
  });

  test.each([
    ['a/{page}.ndjson.gz', undefined, gunzipSync],
    ['a/{page}.ndjson.zst', undefined, zstdDecompressSync],
    ['a/{page}', 'gzip', gunzipSync],
    ['a/{page}.gz', 'none', (bytes: Buffer) => bytes],
  ] as const)('may be packed, by its key or by definition: %s %s', async (key, compression, unpack) => {
    const { bytes } = await stored({ key, compression }, [{ a: 'ü' }]);

    expect(unpack(bytes).toString()).toBe('{"a":"ü"}\n');
  });

  test.each<[S3Sink['csv'], string]>([
    [{ delimiter: ';', quote: "'" }, "a;b\r\n1;'it''s; x'\r\n"],
    [{ header: false }, "1,it's; x\r\n"],
    [{ header: ['b', 'c', 'a'] }, "b,c,a\r\nit's; x,,1\r\n"],
  ])('may be another dialect of CSV: %j', async (csv, text) => {
    const { bytes } = await stored({ key: '{page}', format: 'csv', csv }, [{ a: 1, b: "it's; x" }]);

    expect(bytes.toString()).toBe(text);
  });

  test.each<[S3Sink['csv'], Json, string]>([
    [{ header: ['a'] }, { a: 1, b: 2 }, 'CSV: must only have the columns as fields, got "b"'],
    [{ quote: null }, { a: 'x,y' }, 'CSV: must hold no delimiter and no line end, because fields are not quoted'],
    [{ encoding: 'latin1' }, { a: '€' }, 'CSV: must have no character that latin1 lacks'],
    [{ encoding: 'latin1' }, { a: '\u0085' }, 'CSV: must have no character that latin1 lacks'],
  ])('refuses a record that the dialect %j cannot hold', async (csv, record, message) => {
    const { refused, bytes } = await stored({ key: '{page}', format: 'csv', csv }, [record, { a: 'ok' }]);

    expect(refused).toEqual([{ index: 0, message }]);
    expect(bytes.toString()).toContain('ok');
  });

  test.each([
    ['utf-16', Buffer.from('\ufeffa\r\nü\r\n', 'utf16le')],
    ['utf-16le', Buffer.from('a\r\nü\r\n', 'utf16le')],
    ['latin1', Buffer.from('a\r\nü\r\n', 'latin1')],
  ] as const)('may be encoded in %s', async (encoding, expected) => {
    const { bytes } = await stored({ key: '{page}', format: 'csv', csv: { encoding } }, [{ a: 'ü' }]);

    expect(bytes).toEqual(expected);
  });

  test('may be Parquet, which holds the records that fit its columns', async () => {
    const columns = [{ name: 'id', type: 'integer', required: true }];
    const records = [{ id: 1, other: true }, { id: 'two' }, { id: 3 }];

    const { refused, bytes } = await stored({ key: '{page}.parquet', format: 'parquet', columns }, records);

    expect((await readParquet(bytes)).rows).toEqual([{ id: 1n }, { id: 3n }]);
    expect(refused).toEqual([{ index: 1, message: 'Parquet: column id must be integer, got "two"' }]);
  });

  test('writes no Parquet object for a page without accepted records', async () => {
    const { name, refused } = await stored({ key: '{page}.parquet', format: 'parquet' }, [1, {}]);

    expect(refused).toHaveLength(2);
    expect(name).toBe('');
  });

  test('is what a source with the same options reads', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 6 });
    const dialects = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      quote: fc.constantFrom('"', "'"),
      encoding: fc.constantFrom('utf-8' as const, 'utf-16' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), dialects, async (rows, csv) => {
        const records = rows.map(([a, b]) => ({ a: a.toWellFormed(), b: `${b.toWellFormed()}.` }));
        await bucket.objects.removeAll('');
        await writer({ key: 'x/{page}.gz', format: 'csv', csv }).write(aSinkPage(records), never);

        const context = sourceContext({ objects: bucket.objects });
        const reader = createS3Reader(
          { id: 'source_1', type: 's3', prefix: 'x/', format: 'csv', csv },
          { ...context, run: { ...context.run, tenant: acme } },
        );

        expect(valuesOf(await readAllSplits(reader))).toEqual(records);
      }),
      { numRuns: iterations(30, 150) },
    );
  });

  test('puts the time of the run into the key', async () => {
    const { name } = await stored({ key: 'dt={{date}}/hour={{hour}}/{page}' }, [1]);

    const time = new Date(decodeUlidTime(LINEAGE)).toISOString();
    expect(name).toBe(`data/${acme}/dt=${time.slice(0, 10)}/hour=${time.slice(11, 13)}/${LINEAGE}-00002-000000007`);
  });
});

describe('toCsv', () => {
  test('contains all fields of all records, in order of appearance', () => {
    expect(toCsv([{ b: 1, a: 2 }, { c: 3, a: null }, {}]).text).toBe('b,a,c\r\n1,2,\r\n,,3\r\n,,\r\n');
  });

  test('yields the same values when it is parsed', () => {
    const values = ['plain', 'a,b', 'say "hi"', 'two\nlines', 'cr\rlf\r\n', ' space ', '', 'ü€😀'];
    const records = values.map((value, i) => ({ [`na"me,${i % 2}`]: value, n: i }));

    const { text, refused } = toCsv(records);

    const read = parse(text, { columns: true, relax_column_count: false }) as Record<string, string>[];
    expect(refused).toEqual([]);
    expect(read.map((record, i) => record[`na"me,${i % 2}`])).toEqual(values);
    expect(read.map(({ n }) => Number(n))).toEqual(values.map((_, i) => i));
  });

  test.each<[value: Json, text: string]>([
    [true, 'true'],
    [1.5e300, '1.5e+300'],
    [{ a: [1, 'x'] }, '"{""a"":[1,""x""]}"'],
    [[], '[]'],
    [null, '""'],
    ['', '""'],
  ])('writes %j as %s', (value, text) => {
    expect(toCsv([{ value }]).text).toBe(`value\r\n${text}\r\n`);
  });

  test.each<[value: Json, kind: string]>([
    [null, 'null'],
    [[1], 'a list'],
    [1, 'a number'],
    [true, 'a boolean'],
  ])('refuses %j', (value, kind) => {
    expect(toCsv([{ a: 1 }, value]).refused).toEqual([{ index: 1, message: `CSV: must be an object, got ${kind}` }]);
  });

  test('ignores inherited fields', () => {
    const odd = JSON.parse('{ "__proto__": "x", "constructor": "y" }') as Json;

    expect(toCsv([odd, {}]).text).toBe('__proto__,constructor\r\nx,y\r\n,\r\n');
  });
});
