import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Format } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { FlowFailure } from '../../../../../../../functions/core/executors/flow/flow-failure.ts';
import { createS3Reader } from '../../../../../../../functions/core/executors/flow/sources/s3.ts';
import type { ObjectInfo, Objects } from '../../../../../../../functions/core/platform/objects.ts';
import {
  planSplits,
  readAllSplits,
  readSplit,
  recordsOf,
  sourceContext,
  valuesOf,
} from '../../../../../../helpers/builders/source-context.ts';
import { chunkedObject } from '../../../../../../helpers/fakes/chunked-object.ts';
import { startTestObjects, type TestObjects } from '../../../../../../helpers/system/test-objects.ts';

let services: TestObjects;
beforeAll(async () => {
  services = await startTestObjects();
});
afterAll(() => services.stop());

const MB = 1024 * 1024;
const CHUNK = 64 * 1024;

let folders = 0;
/**
 * Stores objects under a prefix of their own.
 *
 * @returns the prefix
 */
async function put(contents: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const prefix = `test-${folders++}/`;
  for (const [key, content] of Object.entries(contents)) {
    await services.objects.put(`data/acme/${prefix}${key}`, content, 'text/plain');
  }
  return prefix;
}

const stored = (prefix: string, format: Format, partBytes?: number) =>
  createS3Reader(
    { id: 'source_1', type: 's3', prefix, format },
    sourceContext({ objects: services.objects, pageSize: 100 }),
    partBytes,
  );
const inMemory = (content: string | Buffer, format: Format, pageSize = 100) =>
  createS3Reader(
    { id: 'source_1', type: 's3', prefix: '', format },
    sourceContext({ objects: chunkedObject('data/acme/a', Buffer.from(content), () => CHUNK), pageSize }),
  );
async function drain(readings: AsyncGenerator): Promise<void> {
  while (!(await readings.next()).done);
}
const failure = (work: Promise<unknown>): Promise<FlowFailure> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: FlowFailure) => error,
  );

describe('createS3Reader', () => {
  it('logs the first fifty opened objects', async () => {
    const objects = chunkedObject('data/acme/a', Buffer.from('1\n2\n'), () => CHUNK);
    const said: unknown[] = [];
    const context = sourceContext({ objects, log: (...line) => said.push(line) });
    const reader = createS3Reader({ id: 'orders', type: 's3', prefix: '', format: 'ndjson' }, context);
    const [split = null] = await planSplits(reader);

    for (let i = 0; i < 60; i++) await readSplit(reader, split);

    expect(said).toHaveLength(50);
    expect(said[0]).toEqual(['info', 'orders', 'opened a', { object: 'a', from: 0, to: 4 }]);
  });

  it('reads objects in key order, only those with the prefix in the tenant’s folder', async () => {
    const prefix = await put({ 'b.ndjson': '3\n4', 'a.ndjson': '1\n2\n', 'empty.ndjson': Buffer.alloc(0) });
    await services.objects.put(`data/other/${prefix}a.ndjson`, '5', 'text/plain');
    await services.objects.put(`data/acme/not-${prefix}a.ndjson`, '6', 'text/plain');

    const batches = await readAllSplits(stored(prefix, 'ndjson'));

    expect(valuesOf(batches)).toEqual([1, 2, 3, 4]);
    expect(batches.map(({ records, bytes }) => [records.length, bytes])).toEqual([
      [2, 4],
      [2, 3],
    ]);
  });

  it('plans no splits without objects', async () => {
    expect(await planSplits(stored('nothing/', 'ndjson'))).toEqual([]);
  });

  it.each(['ndjson', 'csv'] as const)('splits objects that are larger than 8 MB: %s', async (format) => {
    const count = 10_000;
    const line = format === 'ndjson' ? (i: number) => `{"id":"${i}","text":"${'x'.repeat(1_000)}"}` : rowOf;
    const lines = Array.from({ length: count }, (_, i) => line(i));
    const prefix = await put({ large: [...(format === 'csv' ? ['id,text'] : []), ...lines].join('\r\n') });
    const reader = stored(prefix, format);

    const splits = (await planSplits(reader)) as unknown as { from: number; to: number }[];
    const values = valuesOf(await readAllSplits(reader)) as { id: string }[];

    expect(splits).toHaveLength(2);
    expect(splits.every(({ from, to }) => to - from < 8 * MB + 2_000)).toBe(true);
    expect(values.map(({ id }) => id)).toEqual(lines.map((_, i) => `${i}`));
  });
  const rowOf = (i: number) => `${i},"${'x'.repeat(500)}\r\n""${i}"",${'y'.repeat(500)}"`;

  it('resumes at a position without a read from the beginning', async () => {
    const prefix = await put({ a: Array.from({ length: 1_000 }, (_, i) => `${i}`).join('\n') });
    const reads: number[] = [];
    const objects: Objects = {
      ...services.objects,
      read: (object, from, signal) => {
        reads.push(from);
        return services.objects.read(object, from, signal);
      },
    };
    const reader = createS3Reader(
      { id: 'source_1', type: 's3', prefix, format: 'ndjson' },
      sourceContext({ objects, pageSize: 400 }),
    );

    const batches = await readAllSplits(reader, () => true);

    expect(batches.map(({ records }) => records.length)).toEqual([400, 400, 200]);
    expect(reads).toEqual([0, 1_490, 3_090]);
  });

  it('fails permanently if an object was changed after the plan', async () => {
    const prefix = await put({ a: '1\n2\n' });
    const reader = stored(prefix, 'ndjson');
    const [split = null] = await planSplits(reader);
    await services.objects.put(`data/acme/${prefix}a`, '3\n4\n', 'text/plain');

    const error = await failure(readSplit(reader, split));

    expect(error).toMatchObject({ name: 'FlowFailure', permanent: true });
    expect(error.message).toBe(`s3: ${prefix}a was changed or removed since the run was planned: start the run again`);
  });

  it('fails permanently if an object was removed after the plan', async () => {
    const prefix = await put({ a: '1\n2\n' });
    const reader = stored(prefix, 'ndjson');
    const [split = null] = await planSplits(reader);
    await services.objects.removeAll(`data/acme/${prefix}`);

    expect(await failure(readSplit(reader, split))).toMatchObject({ name: 'FlowFailure', permanent: true });
  });

  it('stops reading after an abort', async () => {
    const prefix = await put({ a: '1\n'.repeat(1_000) });
    const reader = stored(prefix, 'ndjson');
    const [split = null] = await planSplits(reader);
    const stop = new AbortController();

    const readings = reader.read(split, null, stop.signal);
    await readings.next();
    stop.abort(new Error('stopped'));

    await expect(drain(readings)).rejects.toThrow('stopped');
  });

  it('refuses more than 10,000 objects', async () => {
    const info = (key: number): ObjectInfo => ({ key: `data/acme/${key}`, size: 1, etag: '"1"', modified: 0 });
    const objects: Objects = {
      ...services.objects,
      async *list() {
        for (let page = 0; page < 11; page++) yield Array.from({ length: 1_000 }, (_, i) => info(page * 1_000 + i));
      },
    };
    const reader = createS3Reader(
      { id: 'source_1', type: 's3', prefix: 'in/', format: 'json' },
      sourceContext({ objects }),
    );

    const error = await failure(planSplits(reader));

    expect(error).toMatchObject({ permanent: true });
    expect(error.message).toContain("more than 10000 objects begin with 'in/'");
  });

  it('plans a bounded number of splits, however large objects are', async () => {
    const objects: Objects = {
      ...services.objects,
      async *list() {
        yield [{ key: 'data/acme/huge', size: 2 ** 40, etag: '"1"', modified: 0 }];
      },
      read: async () => Readable.from([Buffer.from('1\n')]),
    };
    const reader = createS3Reader(
      { id: 'source_1', type: 's3', prefix: '', format: 'ndjson' },
      sourceContext({ objects }),
    );

    const splits = (await planSplits(reader)) as unknown as { from: number; to: number }[];

    expect(splits.length).toBeLessThanOrEqual(10_001);
    expect(splits[0]?.from).toBe(0);
    expect(splits.slice(1).every(({ from }, i) => from === splits[i]?.to)).toBe(true);
    expect(splits.at(-1)?.to).toBe(2 ** 40);
  });

  it('resumes after a broken connection, and fails temporarily if it stays broken', async () => {
    const content = Buffer.from(Array.from({ length: 100 }, (_, i) => `${i}`).join('\n'));
    const reads: number[] = [];
    const breaking = (most: number): Objects => ({
      ...chunkedObject('data/acme/a', content, () => CHUNK),
      async read(_object, from) {
        reads.push(from);
        if (reads.length > most) throw new Error('connection refused');
        return Readable.from(
          (function* () {
            yield content.subarray(from, from + 100);
            if (from + 100 < content.length) throw new Error('connection reset');
          })(),
        );
      },
    });
    const reader = (most: number) =>
      createS3Reader(
        { id: 'source_1', type: 's3', prefix: '', format: 'ndjson' },
        sourceContext({ objects: breaking(most), pageSize: 100 }),
      );

    const values = valuesOf(await readAllSplits(reader(3)));
    const error = await failure(readAllSplits(reader(4)));

    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(reads).toEqual([0, 100, 200, 0, 100]);
    expect(error).toMatchObject({ name: 'FlowFailure', permanent: false });
    expect(error.message).toBe('s3: a cannot be read: Error: connection refused');
  });
});

describe('malformed records', () => {
  const bad = async (content: string | Buffer, format: Format) =>
    recordsOf(await readAllSplits(inMemory(content, format))).map((record) =>
      'failed' in record ? record.failed : record.value,
    );

  it('keep their place and do not affect other records (NDJSON)', async () => {
    expect(await bad('{"a":1}\n{"a":\n\n \r\n{"a":2}', 'ndjson')).toEqual([
      { a: 1 },
      { input: '{"a":', message: 'a, byte 8: Unexpected end of JSON input' },
      { a: 2 },
    ]);
  });

  it('include text that is not UTF-8 and values that JSON cannot represent (NDJSON)', async () => {
    const nested = '['.repeat(300) + ']'.repeat(300);
    const content = Buffer.concat([Buffer.from([0x22, 0xe9, 0x22]), Buffer.from(`\n"\ufffd"\n1e999\n${nested}`)]);

    const [latin, replacement, infinite, deep] = await bad(content, 'ndjson');

    expect(latin).toEqual({ input: '"\ufffd"', message: 'a, byte 0: the line must be UTF-8' });
    expect(replacement).toBe('\ufffd');
    expect(infinite).toEqual({ input: '1e999', message: 'a, byte 10: a number is too large' });
    expect(deep).toMatchObject({ message: 'a, byte 16: it is nested more than 256 levels deep' });
  });

  it('keep their place and do not affect other records (CSV)', async () => {
    expect(await bad('id,name\r\n1,a\r\n2\r\n\r\n3,b"c\r\n4,"d"e\r\n5,"f\n', 'csv')).toEqual([
      { id: '1', name: 'a' },
      { input: '2', message: 'a, byte 14: the header has 2 columns, the row 1' },
      { input: '3,b"c', message: 'a, byte 19: a field with a quote in it must be quoted, and the quote doubled' },
      {
        input: '4,"d"e',
        message: 'a, byte 26: after the closing quote of a field a comma or the end of the row must follow',
      },
      { input: '5,"f', message: 'a, byte 34: a quote is not closed' },
    ]);
  });

  it('keep their place and do not affect other records (JSON array)', async () => {
    expect(await bad('[1,, {"a" 2}, "\\u00e9,]", 3] x', 'json')).toEqual([
      1,
      { input: '', message: 'a, byte 3: an element is missing' },
      { input: '{"a" 2}', message: expect.stringMatching(/^a, byte 5: /) },
      'é,]',
      3,
      { input: 'x', message: 'a, byte 29: nothing may follow the array' },
    ]);
    expect(await bad('[1,', 'json')).toEqual([1, { input: '', message: 'a, byte 3: the array is not closed' }]);
  });

  const tooLong = 'é'.repeat(600_000);
  it.each([
    ['ndjson', `"${tooLong}"\n1`, '1 MB', 1],
    ['json', `["${tooLong}",1]`, '1 MB', 1],
    ['csv', `id\n"${tooLong}"\n1`, '1 MB', { id: '1' }],
  ] as const)(
    'keep their start up to a whole character if they are too long: %s',
    async (format, content, limit, next) => {
      const [long, after] = await bad(content, format);

      expect(long).toEqual({ input: `"${'é'.repeat(2_047)}`, message: expect.stringContaining(limit) });
      expect(after).toEqual(next);
    },
  );

  it.each(['ndjson', 'json', 'csv'] as const)('may have up to 1 MB: %s', async (format) => {
    const text = 'x'.repeat(MB - 10);
    const content = { ndjson: `"${text}"\n`, json: `["${text}"]`, csv: `a\n"${text}"\n` }[format];

    expect(await bad(content, format)).toEqual([format === 'csv' ? { a: text } : text]);
  });
});

describe('objects of another format', () => {
  it.each([
    ['json', '1 2', 'a: an object of format json must hold one array, or objects'],
    ['json', '  ', 'a: an object of format json must hold one array, or objects'],
    ['csv', '\n"id\n1,2', 'a, byte 1: the header cannot be used: a quote is not closed'],
  ] as const)('fail permanently: %s %j', async (format, content, message) => {
    const error = await failure(readAllSplits(inMemory(content, format)));

    expect(error).toMatchObject({ name: 'FlowFailure', permanent: true, message });
  });

  it.each([
    ['csv', 'id,name'],
    ['csv', '\r\n'],
    ['ndjson', '\n \n'],
    ['json', '\ufeff [ ] \n'],
  ] as const)('may be empty: %s %j', async (format, content) => {
    expect(await readAllSplits(inMemory(content, format))).toMatchObject([{ records: [], next: null }]);
  });
});

describe('byte order mark', () => {
  it.each([
    ['ndjson', '{"a":"1"}'],
    ['json', '[{"a":"1"}]'],
    ['csv', '"a"\n1'],
  ] as const)('precedes the content of %s and is skipped', async (format, content) => {
    expect(valuesOf(await readAllSplits(inMemory(`\ufeff${content}`, format)))).toEqual([{ a: '1' }]);
  });
});

describe('memory', () => {
  it('stays bounded for an endless line, which ends its split once it is too long', async () => {
    const size = 200 * MB;
    const chunk = Buffer.alloc(CHUNK, 'x');
    let given = 0;
    const objects: Objects = {
      ...chunkedObject('data/acme/a', Buffer.alloc(0), () => CHUNK),
      async *list() {
        yield [{ key: 'data/acme/a', size, etag: '"1"', modified: 0 }];
      },
      read: async (_object, from) =>
        Readable.from(
          (function* () {
            for (let at = from; at < size; at += CHUNK) {
              given += CHUNK;
              yield chunk;
            }
          })(),
        ),
    };
    const reader = createS3Reader(
      { id: 'source_1', type: 's3', prefix: '', format: 'ndjson' },
      sourceContext({ objects }),
    );

    const records = recordsOf(await readAllSplits(reader));

    expect(records).toEqual([{ failed: { input: 'x'.repeat(4_096), message: expect.stringContaining('1 MB') } }]);
    // Each split reads its own bytes, not the rest of the object.
    expect(given).toBeLessThan(size * 1.05);
  });

  it('stays bounded by pages that end early if their records are large', async () => {
    const content = JSON.stringify(Array.from({ length: 20 }, () => 'x'.repeat(MB - 100)));

    const batches = await readAllSplits(inMemory(content, 'json'), () => true);

    expect(batches.map(({ records }) => records.length)).toEqual([3, 3, 3, 3, 3, 3, 2]);
  });
});
