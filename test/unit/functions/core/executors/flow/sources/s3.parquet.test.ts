import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../../../../functions/core/domain/exact-json.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { ParquetDecoderOptions } from '../../../../../../../functions/core/executors/flow/formats/parquet/parquet-decoder.ts';
import { toParquet } from '../../../../../../../functions/core/executors/flow/sinks/parquet/parquet-file.ts';
import type { SourceBatch, SourceReader } from '../../../../../../../functions/core/executors/flow/source-reader.ts';
import { createParquetReader } from '../../../../../../../functions/core/executors/flow/sources/parquet.ts';
import { createS3Reader } from '../../../../../../../functions/core/executors/flow/sources/s3.ts';
import {
  planSplits,
  readAllSplits,
  readSplit,
  recordsOf,
  sourceContext,
  valuesOf,
} from '../../../../../../helpers/builders/source-context.ts';
import { chunkedObject } from '../../../../../../helpers/fakes/chunked-object.ts';
import { iterations } from '../../../../../../helpers/iterations.ts';
import { bundleParquetHost } from '../../../../../../helpers/system/expression-host.ts';
import { waitForAssertion } from '../../../../../../helpers/wait.ts';

let host: Awaited<ReturnType<typeof bundleParquetHost>>;
const opened: { close?(): Promise<void> }[] = [];
beforeAll(async () => {
  host = await bundleParquetHost();
});
afterAll(() => host.remove());
afterEach(async () => {
  for (const reader of opened.splice(0)) await reader.close?.();
});

function readerOf(
  content: Buffer,
  { pageSize = 100, partBytes = 1_000_000, ...options }: Given & ParquetDecoderOptions = {},
): SourceReader {
  const reader = createS3Reader(
    { id: 'orders', type: 's3', prefix: '', format: 'parquet' },
    sourceContext({ objects: chunkedObject('data/acme/a', content, () => 1_000), pageSize }),
    partBytes,
    { directory: host.directory, ...options },
  );
  opened.push(reader);
  return reader;
}

interface Given {
  readonly pageSize?: number;
  readonly partBytes?: number;
}

type Column = Parameters<typeof parquetWriteBuffer>[0]['columnData'][number];
const fileOf = (columnData: Column[], options: object = {}): Buffer =>
  Buffer.from(parquetWriteBuffer({ columnData, ...options }));

const read = async (content: Buffer, options: ParquetDecoderOptions = {}): Promise<unknown[]> =>
  valuesOf(await readAllSplits(readerOf(content, options)));

describe('a source of Parquet objects', () => {
  it('reads flat and nested values, and keeps integers whole', async () => {
    const content = fileOf([
      { name: 'id', type: 'INT64', data: [1n, 9007199254740993n, -5n] },
      { name: 'name', type: 'STRING', data: ['ü😀', null, ''] },
      { name: 'ok', type: 'BOOLEAN', data: [true, false, null] },
      { name: 'price', type: 'DOUBLE', data: [0.1, -2, 1e300] },
      { name: 'at', type: 'TIMESTAMP', data: [new Date(0), new Date('2026-02-28T23:59:59.999Z'), null] },
      { name: 'more', type: 'JSON', data: [{ a: [1] }, 'x', [null]] },
      { name: 'bytes', type: 'BYTE_ARRAY', data: [Buffer.from([0, 255]), Buffer.from('a'), null] },
      { name: '__proto__', type: 'STRING', data: ['p', 'q', 'r'] },
    ]);

    const texts = (await read(content)).map((value) => JSON.stringify(value));

    expect(texts).toEqual([
      '{"id":1,"name":"ü😀","ok":true,"price":0.1,"at":"1970-01-01T00:00:00.000Z","more":{"a":[1]},"bytes":"AP8=","__proto__":"p"}',
      '{"id":9007199254740993,"name":null,"ok":false,"price":-2,"at":"2026-02-28T23:59:59.999Z","more":"x","bytes":"YQ==","__proto__":"q"}',
      '{"id":-5,"name":"","ok":null,"price":1e+300,"at":null,"more":[null],"bytes":null,"__proto__":"r"}',
    ]);
  });

  it('reads what a sink wrote, unchanged', async () => {
    const values = [
      parseExactJson('{"id":9007199254740993,"price":12.5,"tags":["a",1],"name":"ü😀","ok":true,"none":null}'),
      parseExactJson('{"id":-1,"price":3,"tags":{"b":0.1234567890123456789},"name":"","ok":null,"none":null}'),
    ];
    const { body } = toParquet(values, undefined, 'zstd');

    const texts = (await read(body)).map((value) => JSON.stringify(value));

    const withTags = (value: Json) => ({ ...(value as object), tags: JSON.stringify((value as { tags?: Json }).tags) });
    expect(texts).toEqual(values.map((value) => JSON.stringify(withTags(value))));
  });

  it('fails records with numbers that JSON does not have', async () => {
    const [first, second] = recordsOf(
      await readAllSplits(readerOf(fileOf([{ name: 'n', type: 'DOUBLE', data: [Number.NaN, 1] }]))),
    );

    expect(first).toMatchObject({ failed: { message: 'a, row 0: a number is too large' } });
    expect(second).toEqual({ value: { n: 1 } });
  });

  it('yields each row once, however the object is grouped, split and resumed', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ n: fc.nat(), s: fc.option(fc.string({ unit: 'grapheme' })) }), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1, 200, 1_000_000),
        async (rows, rowGroupSize, pageSize, partBytes) => {
          const content = fileOf(
            [
              { name: 'n', type: 'INT32', data: rows.map(({ n }) => n) },
              { name: 's', type: 'STRING', data: rows.map(({ s }) => s), nullable: true },
            ],
            { rowGroupSize },
          );
          const reader = readerOf(content, { pageSize, partBytes });
          const pages: SourceBatch[] = [];
          for (const split of await planSplits(reader))
            pages.push(...(await readSplit(reader, split, { resumes: () => true })));

          expect(recordsOf(pages)).toEqual(rows.map((value) => ({ value: value as unknown as Json })));
          expect(pages.every(({ records }) => records.length <= pageSize)).toBe(true);
        },
      ),
      { numRuns: iterations(30, 60) },
    );
  });

  it('splits a large object at its row groups', async () => {
    const content = fileOf(
      [{ name: 'n', type: 'INT64', data: Array.from({ length: 1_000 }, (_, i) => BigInt(i * i)) }],
      {
        rowGroupSize: 100,
      },
    );

    const splits = await planSplits(readerOf(content, { partBytes: 1_500 }));

    const ranges = (splits as unknown as { from: number; to: number }[]).map(({ from, to }) => [from, to]);
    expect(ranges.length).toBeGreaterThan(3);
    expect(ranges[0]?.[0]).toBe(0);
    expect(ranges.at(-1)?.[1]).toBe(1_000);
    expect(ranges.slice(1).map(([from]) => from)).toEqual(ranges.slice(0, -1).map(([, to]) => to));
    expect(ranges.every(([from]) => Number(from) % 100 === 0)).toBe(true);
  });

  it('reads nested lists, structs, maps, decimals and times of another writer, in every compression', async () => {
    for (const codec of ['none', 'snappy', 'gzip', 'brotli', 'zstd']) {
      const content = readFileSync(
        new URL(`../../../../../../fixtures/parquet/nested-${codec}.parquet`, import.meta.url),
      );

      const texts = (await read(content)).map((value) => JSON.stringify(value));

      expect([codec, texts]).toEqual([
        codec,
        [
          '{"id":1,"price":12.50,"large":12345678901234567890.12,"tags":["a","b"],"address":{"city":"Köln","zip":null},"counts":{"x":1,"y":2},"at":"2026-01-02T03:04:05.123456Z","day":"2026-02-28","lines":[{"sku":"s1","amount":0.10},{"sku":"s2","amount":-3.05}],"raw":"AAE=","big":18446744073709551615}',
          '{"id":2,"price":null,"large":-0.01,"tags":[],"address":null,"counts":null,"at":"1969-12-31T23:59:59.999999Z","day":null,"lines":null,"raw":null,"big":0}',
        ].map((text) => text.replace('12.50', '12.5').replace('0.10}', '0.1}')),
      ]);
    }
  });

  const whole = fileOf([{ name: 'n', type: 'INT32', data: [1, 2, 3] }]);
  const withLength = (length: number) => {
    const copy = Buffer.from(whole);
    copy.writeUInt32LE(length, copy.length - 8);
    return copy;
  };
  it.each<[string, Buffer, RegExp]>([
    ['is too short', Buffer.from('PAR1PAR1'), /it is too short$/],
    ['is cut short', whole.subarray(0, -3), /it does not end with PAR1$/],
    ['claims 4 GB of metadata', withLength(0xffff_fff0), /its metadata have 4294967280 bytes$/],
    ['claims more metadata than it has bytes', withLength(whole.length), /its metadata have \d+ bytes$/],
    ['has metadata of other bytes', withLength(12), /cannot be read as Parquet: /],
    [
      'has zeros in its pages',
      Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(40), whole.subarray(44)]),
      /cannot be read as Parquet: /,
    ],
  ])('fails the run permanently if an object %s', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: true,
      message: expect.stringMatching(message),
    });
  });

  it('ends the decoder of an object that keeps it busy without end', async () => {
    const content = Buffer.from(whole);
    content[10] = (content[10] ?? 0) ^ 8;
    const reader = readerOf(content, { cpuMs: 1_500 });

    await expect(readAllSplits(reader)).rejects.toMatchObject({
      permanent: true,
      message: 's3: a cannot be read as Parquet: it takes over 1.5 s',
    });
  });

  it('ends the decoder of an object that unpacks to more than its memory', async () => {
    const data = ['x'.repeat(50_000_000)];
    const content = fileOf([{ name: 's', type: 'STRING', data }], { codec: 'SNAPPY' });

    await expect(read(content, { memoryMb: 136 })).rejects.toMatchObject({
      permanent: true,
      message: 's3: a cannot be read as Parquet: it needs over 136 MB: write smaller row groups',
    });
  });

  it('reads the next object after one that is damaged', async () => {
    const reader = readerOf(whole);
    await expect(readAllSplits(readerOf(whole.subarray(0, -3)))).rejects.toThrow('PAR1');

    expect(valuesOf(await readAllSplits(reader))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(valuesOf(await readAllSplits(reader))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('passes the failure of a read on, and reads again later', async () => {
    let isBroken = true;
    const objects = chunkedObject('data/acme/a', whole, () => 10);
    const broken: typeof objects = {
      ...objects,
      read: (...given) => (isBroken ? Promise.reject(new Error('SlowDown')) : objects.read(...given)),
    };
    const source = { id: 'orders', type: 's3', prefix: '', format: 'parquet' } as const;
    const reader = createS3Reader(source, sourceContext({ objects: broken }), 1_000_000, { directory: host.directory });
    opened.push(reader);

    await expect(readAllSplits(reader)).rejects.toMatchObject({ permanent: false });
    isBroken = false;

    expect(valuesOf(await readAllSplits(reader))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('takes no more of a file than the decoder, and ends the stream of an abandoned read', async () => {
    const content = fileOf([{ name: 's', type: 'STRING', data: ['x'.repeat(20_000_000)] }], { codec: 'UNCOMPRESSED' });
    let [taken, isEnded] = [0, false];
    const stop = new AbortController();
    const range = async function* (_: unknown, from: number, to: number) {
      try {
        for (let at = from; at < to; at += 64 * 1024) {
          taken += 64 * 1024;
          // The decoder ends with the abort and takes nothing more.
          if (taken > 1_000_000) stop.abort(new Error('stopped'));
          yield content.subarray(at, Math.min(to, at + 64 * 1024));
        }
      } finally {
        isEnded = true;
      }
    };
    const reader = createParquetReader(100, range, { directory: host.directory });
    opened.push(reader);

    const object = { key: 'a', size: content.length, etag: '', modified: 0 };
    await expect(reader.read(object, 0, 1, stop.signal).next()).rejects.toThrow('stopped');

    await waitForAssertion(() => expect(isEnded).toBe(true));
    expect(taken).toBeLessThan(2_000_000);
  });

  it('reads the right rows after a read that was abandoned', async () => {
    const numbers = (from: number) => Array.from({ length: 5_000 }, (_, i) => from + i);
    const files = [0, 10_000].map((from) => fileOf([{ name: 'n', type: 'INT32', data: numbers(from) }]));
    const reader = createParquetReader(
      100,
      async function* ({ key }, from, to) {
        yield files[Number(key)]?.subarray(from, to) ?? Buffer.alloc(0);
      },
      { directory: host.directory },
    );
    opened.push(reader);
    const read = (key: number, signal = new AbortController().signal) =>
      reader.read({ key: `${key}`, size: files[key]?.length ?? 0, etag: '', modified: 0 }, 0, 5_000, signal);
    for (const delay of [0, 1, 2, 5, 10, 20]) {
      const abandoned = read(0, AbortSignal.timeout(delay));
      await abandoned.next().catch(() => {});
      await abandoned.return();

      const pages: SourceBatch[] = [];
      for await (const page of read(1)) pages.push(page);

      expect(recordsOf(pages)).toEqual(numbers(10_000).map((n) => ({ value: { n } })));
    }
  });

  it('fails the run permanently, or reads rows, if any byte of an object is another', {
    timeout: 300_000,
  }, async () => {
    let content = whole;
    // One process decodes all objects, unless one ends it.
    const range = async function* (_: unknown, from: number, to: number) {
      yield content.subarray(from, to);
    };
    const reader = createParquetReader(100, range, { directory: host.directory, cpuMs: 1_000 });
    opened.push(reader);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        content = Buffer.from(whole);
        content[at] = (content[at] ?? 0) ^ change;
        const object = { key: `${at} ${change}`, size: content.length, etag: '', modified: 0 };
        try {
          for await (const page of reader.read(object, 0, 1_000, new AbortController().signal))
            expect(page).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ name: 'FlowFailure', permanent: true });
        }
      }),
      { numRuns: iterations(60, 200) },
    );
  });
});
