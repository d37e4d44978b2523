import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { flow } from '../../../../../../../functions/api/definition/flow-request.ts';
import { validate } from '../../../../../../../functions/api/http/validate.ts';
import type { Format, TextFormat } from '../../../../../../../functions/core/domain/flow/source.ts';
import { unpackChunks } from '../../../../../../../functions/core/executors/flow/formats/unpack.ts';
import { createS3Reader } from '../../../../../../../functions/core/executors/flow/sources/s3.ts';
import type { Objects } from '../../../../../../../functions/core/platform/objects.ts';
import {
  planSplits,
  readAllSplits,
  sourceContext,
  valuesOf,
} from '../../../../../../helpers/builders/source-context.ts';
import { chunkedObject } from '../../../../../../helpers/fakes/chunked-object.ts';

interface Options {
  readonly format?: Format;
  readonly delimiter?: string;
  readonly pageSize?: number;
  /** Bytes per chunk. */
  readonly chunk?: number;
  readonly partBytes?: number;
}

/** Creates a source of one object and collects its log, except for opened objects. */
function reading(
  content: string | Buffer,
  { format = 'csv', delimiter, pageSize = 100, chunk = 7, partBytes }: Options = {},
) {
  const logged: unknown[] = [];
  const log = (level: string, operator: string, message: string) =>
    void (level === 'info' || logged.push([level, operator, message]));
  const objects = chunkedObject('data/acme/a', Buffer.from(content), () => chunk);
  const source = {
    id: 'orders',
    type: 's3',
    prefix: '',
    format,
    ...(delimiter !== undefined && { delimiter }),
  } as const;
  return { reader: createS3Reader(source, sourceContext({ objects, log, pageSize }), partBytes), logged };
}

const read = async (content: string | Buffer, options?: Options) =>
  valuesOf(await readAllSplits(reading(content, options).reader));

describe('CSV rows', () => {
  const rows = [
    { id: '1', name: 'a' },
    { id: '2', name: 'b\rc' },
  ];

  it.each([1, 2, 3, 4, 5, 100])('may end with CR alone, in chunks of %i bytes', async (chunk) => {
    expect(await read('id,name\r1,a\r\r2,"b\rc"\r', { chunk })).toEqual(rows);
    expect(await read('\rid,name\r1,a\r2,"b\rc"', { chunk })).toEqual(rows);
  });

  it.each([1, 2, 3, 4, 5, 100])('may end with CRLF, in chunks of %i bytes', async (chunk) => {
    expect(await read('id,name\r\n1,a\r\n2,"b\rc"\r\n', { chunk })).toEqual(rows);
  });

  it('keep a CR inside a row if the header ends with LF', async () => {
    expect(await read('id,name\n1,a\n2,b\rc\n')).toEqual(rows);
  });

  it.each(['\r', '\r\n', '\n'])('may end with %j in splits and at any position', async (end) => {
    const lines = Array.from({ length: 200 }, (_, i) => `${i},"x${end}y"`);
    const options = { partBytes: 300, pageSize: 3, chunk: 11 };
    const { reader } = reading(['id,text', ...lines].join(end), options);

    const values = valuesOf(await readAllSplits(reader, () => true));

    expect(await planSplits(reader)).not.toHaveLength(1);
    expect(values).toEqual(lines.map((_, i) => ({ id: `${i}`, text: `x${end}y` })));
  });
});

describe('CSV columns', () => {
  it.each([';', '\t', '|'])('may be separated by %j', async (delimiter) => {
    const content = ['id', 'na,me', 'x']
      .join(delimiter)
      .concat('\n', ['1', `"a${delimiter}""b"""`, '3,5'].join(delimiter));

    expect(await read(content, { delimiter })).toEqual([{ id: '1', 'na,me': `a${delimiter}"b"`, x: '3,5' }]);
  });

  it.each([
    ['id;name\n1;a\n', undefined, '";"'],
    ['id\tname\n1\ta\n', undefined, '"\\t"'],
    ['id|name', undefined, '"|"'],
    ['id,name\n1,a\n', ';', '","'],
  ])('cause a warning if %j has one column with delimiter %j', async (content, delimiter, suspected) => {
    const { reader, logged } = reading(content, delimiter === undefined ? {} : { delimiter });

    await readAllSplits(reader);

    const message = `the header of a is one column, which holds ${suspected}: "delimiter": ${suspected} would separate it`;
    expect(logged).toEqual([['warn', 'orders', message]]);
  });

  it.each(['id\n1\n', 'id,na;me\n1,2\n'])('cause no warning for the header %j', async (content) => {
    const { reader, logged } = reading(content);

    await readAllSplits(reader);

    expect(logged).toEqual([]);
  });

  it('have their position as name if the header names none', async () => {
    expect(await read('a,b,,\n1,2,3,4\n')).toEqual([{ a: '1', b: '2', column_3: '3', column_4: '4' }]);
    expect(await read('column_2, ,a\n1,2,3\n')).toEqual([{ column_2: '1', column_2_: '2', a: '3' }]);
  });
});

describe('the definition of a source with a delimiter', () => {
  const defined = (source: object) =>
    validate(flow(), { sources: [{ type: 's3', prefix: '', ...source }], sinks: [{ type: 'preview' }] }, 'flow')
      .sources[0];

  it.each([';', '\t', '|', ':'])('accepts the delimiter %j', (delimiter) => {
    expect(defined({ format: 'csv', delimiter })).toMatchObject({ delimiter });
  });

  it('omits the delimiter if the request does', () => {
    expect(defined({ format: 'csv' })).not.toHaveProperty('delimiter');
    expect(defined({ format: 'ndjson', delimiter: null })).not.toHaveProperty('delimiter');
  });

  it.each([
    [{ format: 'csv', delimiter: '"' }, 'sources[0].delimiter: must be one ASCII punctuation character'],
    [{ format: 'csv', delimiter: ';;' }, 'sources[0].delimiter: must be one ASCII punctuation character'],
    [{ format: 'csv', delimiter: 'é' }, 'sources[0].delimiter: must be one ASCII punctuation character'],
  ])('rejects %j', (source, message) => {
    expect(() => defined(source)).toThrow(message);
  });
});

describe('a source of gzip objects', () => {
  const contents: Readonly<Record<TextFormat, string>> = {
    ndjson: Array.from({ length: 500 }, (_, i) => `{"id":"${i}"}\n`).join(''),
    json: `\ufeff${JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: `${i}` })))}`,
    csv: `\ufeffid\r\n${Array.from({ length: 500 }, (_, i) => `${i}\r\n`).join('')}`,
  };
  const expected = Array.from({ length: 500 }, (_, i) => ({ id: `${i}` }));

  it.each(['ndjson', 'json', 'csv'] as const)('unpacks objects of any name: %s', async (format) => {
    expect(await read(gzipSync(contents[format]), { format })).toEqual(expected);
  });

  it.each(['ndjson', 'json', 'csv'] as const)('reads the same pages from any position: %s', async (format) => {
    const { reader } = reading(gzipSync(contents[format]), { format, pageSize: 30 });

    const whole = await readAllSplits(reader);
    const resumed = await readAllSplits(reader, () => true);

    expect(resumed).toEqual(whole);
    expect(resumed.map(({ records }) => records.length)).toEqual([...Array.from({ length: 16 }, () => 30), 20]);
  });

  it.each(['ndjson', 'csv'] as const)('does not split objects of any size: %s', async (format) => {
    const { reader } = reading(gzipSync(contents[format], { level: 0 }), { format, partBytes: 100 });

    expect(await planSplits(reader)).toHaveLength(1);
    expect(valuesOf(await readAllSplits(reader))).toEqual(expected);
  });

  it.each(['ndjson', 'csv', 'json'] as const)('closes objects once their first bytes are known: %s', async (format) => {
    const content = gzipSync(contents[format], { level: 0 });
    const opened: Readable[] = [];
    const objects = chunkedObject('data/acme/a', content, () => 7);
    const read: Objects['read'] = async (...request) => {
      const stream = await objects.read(...request);
      opened.push(stream);
      return stream;
    };
    const context = sourceContext({ objects: { ...objects, read }, pageSize: 100 });
    const reader = createS3Reader({ id: 'orders', type: 's3', prefix: '', format }, context, 100);

    await readAllSplits(reader, () => true);

    expect(opened.length).toBeGreaterThan(1);
    await expect.poll(() => opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('reads several gzip members in one object', async () => {
    const joined = Buffer.concat([gzipSync('id\n1\n'), gzipSync('2\n')]);

    expect(await read(joined)).toEqual([{ id: '1' }, { id: '2' }]);
  });

  it.each<[string, Buffer, RegExp]>([
    ['cut short', gzipSync(contents.ndjson).subarray(0, 300), /^s3: a is damaged gzip: unexpected end of file$/],
    [
      'a ZIP archive',
      Buffer.from('PK\u0003\u0004rest'),
      /^s3: a is a ZIP archive \(\.zip, \.xlsx\), which cannot be read/,
    ],
    ['damaged zstd', Buffer.from('28b52ffd00', 'hex'), /^s3: a is damaged zstd: /],
    ['bzip2', Buffer.from('425a6839314159265359aa', 'hex'), /^s3: a is compressed with bzip2, which cannot be read/],
    ['Parquet', Buffer.from('504152311500', 'hex'), /^s3: a is a Parquet file, which "format": "parquet" reads$/],
  ])('fails permanently if an object is %s', async (_, content, message) => {
    await expect(read(content, { format: 'ndjson' })).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: true,
      message: expect.stringMatching(message),
    });
  });

  it('fails permanently if an object unpacks to more than the limit', async () => {
    async function* packed() {
      yield { bytes: gzipSync(Buffer.alloc(200_000)), at: 0 };
    }
    const unpacking = (async () => {
      let bytes = 0;
      for await (const chunk of unpackChunks('gzip', packed(), 'a', 100_000)) bytes += chunk.bytes.length;
      return bytes;
    })();

    await expect(unpacking).rejects.toMatchObject({
      permanent: true,
      message: 's3: a unpacks to more than 100000 bytes: store it in several objects',
    });
  });
});
