import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { S3Source } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { SourceBatch } from '../../../../../../../functions/core/executors/flow/source-reader.ts';
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

type Options = Omit<S3Source, 'type' | 'prefix'>;

interface Way {
  readonly chunk: number;
  readonly pageSize: number;
  readonly partBytes: number;
}

const WHOLE: Way = { chunk: 1_000, pageSize: 100, partBytes: 1_000_000 };
const ways: fc.Arbitrary<Way> = fc.record({
  chunk: fc.integer({ min: 1, max: 40 }),
  pageSize: fc.integer({ min: 1, max: 5 }),
  partBytes: fc.integer({ min: 5, max: 100 }),
});
const RUNS = { numRuns: iterations(60, 200) };

const readerOf = (content: string | Buffer, options: Options, { chunk, pageSize, partBytes }: Way = WHOLE) =>
  createS3Reader(
    { id: 'orders', type: 's3', prefix: '', ...options },
    sourceContext({ objects: chunkedObject('data/acme/a', Buffer.from(content), () => chunk), pageSize }),
    partBytes,
  );

const read = async (content: string | Buffer, options: Options) =>
  valuesOf(await readAllSplits(readerOf(content, options)));

/** Reads all splits, and resumes each one at every page. */
async function readResumed(content: Buffer, options: Options, way: Way) {
  const reader = readerOf(content, options, way);
  const pages: SourceBatch[] = [];
  for (const split of await planSplits(reader))
    pages.push(...(await readSplit(reader, split, { resumes: () => true })));
  return recordsOf(pages);
}

describe('CSV options', () => {
  const csv = (options: S3Source['csv']): Options => ({ format: 'csv', csv: options });

  it('name the columns of a text without a header', async () => {
    expect(await read('1,a\n2,b\n', csv({ header: false }))).toEqual([
      { column_1: '1', column_2: 'a' },
      { column_1: '2', column_2: 'b' },
    ]);
    expect(await read('1,a\n', csv({ header: ['id', 'name'] }))).toEqual([{ id: '1', name: 'a' }]);
  });

  it('give another quote, or none', async () => {
    expect(await read("a,b\n'x,''y''',2\n", csv({ quote: "'" }))).toEqual([{ a: "x,'y'", b: '2' }]);
    expect(await read('a|b\n"x|2"\n', csv({ quote: null, delimiter: '|' }))).toEqual([{ a: '"x', b: '2"' }]);
  });

  it('number repeated columns', async () => {
    expect(await read('id,id,id_2,,id\n1,2,3,4,5', { format: 'csv' })).toEqual([
      { id: '1', id_3: '2', id_2: '3', column_4: '4', id_4: '5' },
    ]);
  });

  it('name a hundred thousand nameless and repeated columns in linear time', async () => {
    const numbered = Array.from({ length: 30_000 }, (_, i) => `a_${i + 2}`);
    const repeated = Array.from({ length: 50_000 }, () => 'a');

    const nameless = await read(`${','.repeat(100_000)}\n${','.repeat(100_000)}\n`, { format: 'csv' });
    const clashing = await read(`${[...numbered, ...repeated].join()}\n${','.repeat(79_999)}\n`, { format: 'csv' });

    expect(Object.keys(nameless[0] as object)).toHaveLength(100_001);
    expect(Object.keys(clashing[0] as object)).toHaveLength(80_000);
    expect(Object.keys(clashing[0] as object).at(-1)).toBe('a_80000');
  });

  it('yield each row once, however the object is split, chunked and resumed', async () => {
    const cell = fc.stringMatching(/^[a-z0-9]{1,4}$/);
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 });
    const headers = fc.constantFrom<boolean | string[]>(true, false, ['x', 'y']);
    await fc.assert(
      fc.asyncProperty(rows, headers, fc.constantFrom('\n', '\r\n', '\r'), ways, async (cells, header, end, way) => {
        const [first = '', second = ''] = header === true ? ['p', 'q'] : header || ['column_1', 'column_2'];
        const lines = [...(header === true ? [[first, second]] : []), ...cells].map((row) => row.join(';') + end);

        const found = await readResumed(Buffer.from(lines.join('')), csv({ delimiter: ';', header }), way);

        expect(found).toEqual(cells.map(([a, b]) => ({ value: { [first]: a, [second]: b } })));
      }),
      RUNS,
    );
  });
});

describe('encodings', () => {
  const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

  it.each<[string, Buffer, S3Source['csv']]>([
    ['latin1', Buffer.from('id\nGröße\n', 'latin1'), { encoding: 'latin1' }],
    ['UTF-16 with a byte order mark', Buffer.from('\ufeffid\nGröße\n', 'utf16le'), undefined],
    ['big-endian UTF-16 with a byte order mark', utf16be('\ufeffid\nGröße\n'), { encoding: 'utf-16' }],
    ['UTF-16 without a byte order mark', Buffer.from('id\nGröße\n', 'utf16le'), { encoding: 'utf-16le' }],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffid\nGröße\n'), { encoding: 'utf-8' }],
    ['zstd in UTF-16', zstdCompressSync(Buffer.from('\ufeffid\nGröße\n', 'utf16le')), undefined],
  ])('are converted: %s', async (_, content, csv) => {
    for (const chunk of [1, 2, 3, 100]) {
      const reader = readerOf(content, { format: 'csv', csv }, { ...WHOLE, chunk });

      expect(valuesOf(await readAllSplits(reader))).toEqual([{ id: 'Größe' }]);
    }
  });

  it('read NDJSON in UTF-16, page by page', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `{"n":${i},"s":"ü😀"}\n`).join('');
    const content = Buffer.from(`\ufeff${lines}`, 'utf16le');

    const found = await readResumed(content, { format: 'ndjson' }, { chunk: 5, pageSize: 4, partBytes: 50 });

    expect(found).toEqual(Array.from({ length: 30 }, (_, n) => ({ value: { n, s: 'ü😀' } })));
  });
});

describe('packed objects', () => {
  const lines = Array.from({ length: 40 }, (_, n) => `{"n":${n}}\n`);
  const expected = lines.map((_, n) => ({ value: { n } }));

  it.each([
    ['zstd', zstdCompressSync(Buffer.from(lines.join('')))],
    ['several zstd frames', Buffer.concat(lines.map((line) => zstdCompressSync(Buffer.from(line))))],
    ['gzip', gzipSync(lines.join(''))],
  ])('are unpacked page by page: %s', async (_, content) => {
    const way = { chunk: 11, pageSize: 7, partBytes: 20 };

    expect(await readResumed(content, { format: 'ndjson' }, way)).toEqual(expected);
  });

  it('are refused if they are not packed as the definition says', async () => {
    await expect(read(lines.join(''), { format: 'ndjson', compression: 'zstd' })).rejects.toMatchObject({
      permanent: true,
      message: 's3: a is not packed with zstd, as "compression" says',
    });
    await expect(read(gzipSync('1\n'), { format: 'ndjson', compression: 'zstd' })).rejects.toThrow('is not packed');
  });

  it('are not unpacked with the compression none', async () => {
    const [record] = recordsOf(await readAllSplits(readerOf(gzipSync('1'), { format: 'ndjson', compression: 'none' })));

    expect(record).toHaveProperty('failed');
  });

  it('are refused if their window is larger than 64 MB', async () => {
    // A frame header with a window of 128 MB (RFC 8878, 3.1.1.1.2), and an empty last block.
    const content = Buffer.from('28b52ffd0088010000', 'hex');

    await expect(read(content, { format: 'ndjson' })).rejects.toMatchObject({
      permanent: true,
      message: expect.stringMatching(/^s3: a is damaged zstd: .*memory/i),
    });
  });
});

describe('JSON', () => {
  it('reads objects one after another', async () => {
    expect(await read('{"a":1}{"a":"}"}\n {"a":{"b":[]}}', { format: 'json' })).toEqual([
      { a: 1 },
      { a: '}' },
      { a: { b: [] } },
    ]);
  });

  it('fails what is between objects, and an object that is not closed', async () => {
    const found = recordsOf(await readAllSplits(readerOf('{"a":1},{"a":2}', { format: 'json' })));
    const open = recordsOf(await readAllSplits(readerOf('{"a":1} {"a":', { format: 'json' })));

    expect(found).toEqual([
      { value: { a: 1 } },
      { failed: { input: ',{"a":2}', message: 'a, byte 7: an object must begin here' } },
    ]);
    expect(open[1]).toEqual({ failed: { input: '{"a":', message: 'a, byte 8: the object is not closed' } });
  });

  it.each([
    ['data.items', '{"x":{"items":[9]},"data":{"more":[[1],"]"],"items":[1,{"a":2}],"next":1}} trailing'],
    ["['@odata.value']", '{"@odata.context":"{[","@odata.value":[1,{"a":2}]}'],
  ])('reads the list at %s', async (records, content) => {
    expect(await read(content, { format: 'json', records })).toEqual([1, { a: 2 }]);
  });

  it.each(['{}', '[1]', '{"data":1}', '{"data":{"items":{}}}', '{"data":{"item":[1]}}', '{"data":{"items"'])(
    'fails permanently if there is no list at the path: %s',
    async (content) => {
      await expect(read(content, { format: 'json', records: 'data.items' })).rejects.toMatchObject({
        permanent: true,
        message: "a: has no list at 'data.items'",
      });
    },
  );

  it.each([
    '{"a":1},{"b":2},{"c":3}',
    '{"a":1}]',
    '{"a":1} {"b":2}\n]{"c":3}',
    '{"a":1}}',
    '{"a":1}x',
    '{"a":{}}{"b":[}]',
  ])('yields the same records of %s when it is resumed as without a break', async (text) => {
    const way = { chunk: 1_000, pageSize: 1, partBytes: 1_000 };

    const resumed = await readResumed(Buffer.from(text), { format: 'json' }, way);

    expect(resumed).toEqual(recordsOf(await readAllSplits(readerOf(text, { format: 'json' }))));
    expect(resumed.some((record) => 'failed' in record)).toBe(true);
  });

  it('yields each record once, however the object is chunked and resumed', async () => {
    const values = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 12 });
    const around = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }));
    await fc.assert(
      fc.asyncProperty(values, around, around, ways, async (records, before, after, way) => {
        const plain = JSON.parse(JSON.stringify(records)) as Json[];
        const { data: _, ...first } = before;
        const { items: __, ...inner } = after;
        const nested = JSON.stringify({ ...first, data: { ...inner, items: plain }, z: after });
        const joined = plain.map((record) => JSON.stringify(record)).join(' ');

        const fromList = await readResumed(Buffer.from(nested), { format: 'json', records: 'data.items' }, way);
        const fromObjects = await readResumed(Buffer.from(joined), { format: 'json' }, way);

        const rounded = (found: unknown) => JSON.parse(JSON.stringify(found)) as unknown;
        const expected = rounded(plain.map((value) => ({ value })));
        expect(rounded(fromList)).toEqual(expected);
        expect(rounded(fromObjects)).toEqual(expected);
      }),
      RUNS,
    );
  });
});
