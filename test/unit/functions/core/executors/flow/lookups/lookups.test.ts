import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { cachedLookup } from '../../../../../../../functions/core/executors/flow/lookups/cached-lookup.ts';
import { createCollectionLookup } from '../../../../../../../functions/core/executors/flow/lookups/collection.ts';
import { createHttpLookup } from '../../../../../../../functions/core/executors/flow/lookups/http.ts';
import type { Lookup, Match } from '../../../../../../../functions/core/executors/flow/lookups/lookup.ts';
import { createS3Lookup } from '../../../../../../../functions/core/executors/flow/lookups/s3-table.ts';
import { putCollectionItems } from '../../../../../../../functions/core/store/collections.ts';
import { httpContext, recordedPauses } from '../../../../../../helpers/builders/http-context.ts';
import { sourceContext } from '../../../../../../helpers/builders/source-context.ts';
import { chunkedObject } from '../../../../../../helpers/fakes/chunked-object.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { memoryDb } from '../../../../../../helpers/fakes/memory-db.ts';

const never = new AbortController().signal;
const MISSING: Match = { missing: true };

describe('a lookup in a collection', () => {
  it('finds items of the own tenant by their keys, in batches', async () => {
    const db = memoryDb();
    const context = httpContext({ db });
    const items = Array.from({ length: 150 }, (_, i) => ({ key: `k${i}`, record: { n: i } }));
    await putCollectionItems(db, context.run.tenant, 'skus', items, '2026-01-01T00:00:00.000Z', never);
    await putCollectionItems(
      db,
      'other' as typeof context.run.tenant,
      'skus',
      [{ key: 'theirs', record: 1 }],
      '2026-01-01T00:00:00.000Z',
      never,
    );
    const lookup = createCollectionLookup('lookup_1', 'skus', context);

    const found = await lookup.find([...items.map(({ key }) => key), 'theirs', '', 'x'.repeat(1_025)], never);

    expect(items.map(({ key }) => found.get(key))).toEqual(items.map(({ record }) => ({ value: record })));
    expect(['theirs', '', 'x'.repeat(1_025)].map((key) => found.get(key))).toEqual([MISSING, MISSING, MISSING]);
  });

  it('fails the page if its values have over 8 MB', async () => {
    const db = memoryDb();
    const context = httpContext({ db });
    const items = Array.from({ length: 30 }, (_, i) => ({ key: `k${i}`, record: 'x'.repeat(300_000) }));
    await putCollectionItems(db, context.run.tenant, 'skus', items, '2026-01-01T00:00:00.000Z', never);
    const lookup = createCollectionLookup('lookup_1', 'skus', context);

    await expect(
      lookup.find(
        items.map(({ key }) => key),
        never,
      ),
    ).rejects.toMatchObject({
      permanent: true,
      message: 'lookup_1: the values of a page have over 8 MB: make pageSize smaller',
    });
  });
});

describe('a lookup in an API', () => {
  let server: Awaited<ReturnType<typeof startHttpServer>> | undefined;
  afterEach(() => server?.close());

  async function given(answer: Parameters<typeof startHttpServer>[0], path?: string) {
    server = await startHttpServer(answer);
    const spec = { url: `${server.url}/skus/{{key}}?v=1`, headers: { 'x-key': 'k' }, path };
    return { lookup: createHttpLookup('lookup_1', spec, httpContext(), recordedPauses()), api: server };
  }

  it('requests each key once, percent-encoded, and takes the value at the path', async () => {
    const { lookup, api } = await given((request, response) => {
      const key = decodeURIComponent(request.url?.split('?')[0]?.slice('/skus/'.length) ?? '');
      response.end(JSON.stringify({ data: key === 'none' ? null : { key, id: 1 } }));
    }, 'data');

    const found = await lookup.find(['a/b?c', 'ü', 'none'], never);

    expect([...found].sort(([a], [b]) => a.localeCompare(b))).toEqual([
      ['a/b?c', { value: { key: 'a/b?c', id: 1 } }],
      ['none', MISSING],
      ['ü', { value: { key: 'ü', id: 1 } }],
    ]);
    expect(api.received.map(({ path }) => path).sort()).toEqual([
      '/skus/%C3%BC?v=1',
      '/skus/a%2Fb%3Fc?v=1',
      '/skus/none?v=1',
    ]);
  });

  it.each<[number, string, Match]>([
    [404, 'x', MISSING],
    [410, '', MISSING],
    [204, '', MISSING],
    [200, 'null', MISSING],
    [200, '{', { fault: 'the answer must be JSON in UTF-8' }],
    [200, '1e999', { fault: 'the answer cannot be used: a number is too large' }],
    [200, JSON.stringify('x'.repeat(300_000)), { fault: 'the answer has over 256 KB' }],
  ])('treats an answer of %i %.20j as one for its key', async (status, body, match) => {
    const { lookup } = await given((_, response) => {
      response.writeHead(status).end(status === 204 ? undefined : body);
    });

    expect((await lookup.find(['a'], never)).get('a')).toEqual(match);
  });

  it('sends no request for a key that would lead to another path, or for an empty one', async () => {
    const { lookup, api } = await given((_, response) => response.end('1'));

    const found = await lookup.find(['..', '.', '', 'a..b'], never);

    expect(found.get('..')).toEqual({ fault: "key: must not be '..', which changes the path of the URL" });
    expect(found.get('.')).toEqual({ fault: "key: must not be '.', which changes the path of the URL" });
    expect(found.get('')).toEqual(MISSING);
    expect(api.received.map(({ path }) => path)).toEqual(['/skus/a..b?v=1']);
  });

  it('fails the records of a key that the API refuses', async () => {
    const { lookup } = await given((_, response) => void response.writeHead(422).end());

    expect((await lookup.find(['a'], never)).get('a')).toEqual({ fault: expect.stringMatching(/^HTTP 422 from http/) });
  });

  it.each([401, 403, 302])('fails the run if the API answers %i, which concerns every key', async (status) => {
    const { lookup } = await given((_, response) => void response.writeHead(status).end());

    await expect(lookup.find(['a', 'b'], never)).rejects.toMatchObject({ name: 'FlowFailure', permanent: true });
  });

  it('repeats a request after a transient error, and leaves a long wait to a later slice', async () => {
    let requests = 0;
    const { lookup } = await given((_, response) => {
      requests++;
      if (requests === 1) response.writeHead(503).end();
      else if (requests === 2) response.end('1');
      else response.writeHead(429, { 'retry-after': '3000' }).end();
    });

    expect((await lookup.find(['a'], never)).get('a')).toEqual({ value: 1 });
    await expect(lookup.find(['b'], never)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
      message: expect.stringContaining('a later slice asks again'),
    });
  });
});

describe('a lookup in a file', () => {
  const lookupIn = (content: string | Buffer, spec: object = {}, maxBytes?: number) => {
    const objects = chunkedObject('data/acme/tables/skus', Buffer.from(content), () => 100);
    const full = { key: 'tables/skus', format: 'ndjson', keyField: 'id', ...spec } as const;
    return createS3Lookup('lookup_1', full, sourceContext({ objects }), maxBytes);
  };

  it('lists no more than the object itself, whose key others may begin with', async () => {
    const listed: string[] = [];
    const objects = chunkedObject('data/acme/tables/skus', Buffer.from('{"id":1}\n'), () => 100);
    const many: typeof objects = {
      ...objects,
      async *list(prefix) {
        for (let page = 0; page < 3; page++) {
          listed.push(`${prefix} ${page}`);
          if (page === 0) yield* objects.list(prefix);
          yield [{ key: `${prefix}-${page}`, size: 9, etag: '"2"', modified: 0 }];
        }
      },
    };
    const spec = { key: 'tables/skus', format: 'ndjson', keyField: 'id' } as const;

    const found = await createS3Lookup('lookup_1', spec, sourceContext({ objects: many })).find(['1'], never);

    expect(found.get('1')).toEqual({ value: { id: 1 } });
    expect(listed).toEqual(['data/acme/tables/skus 0']);
  });

  it('finds records by a field that holds text or a number, the last of several', async () => {
    const lookup = lookupIn('{"id":"a","n":1}\n{"id":7}\n{"id":"a","n":2}\n{"n":3}\n{"id":null}\n');

    const found = await lookup.find(['a', '7', 'b'], never);

    expect([...found]).toEqual([
      ['a', { value: { id: 'a', n: 2 } }],
      ['7', { value: { id: 7 } }],
      ['b', MISSING],
    ]);
  });

  it('reads CSV, and packed objects', async () => {
    const csv = lookupIn(gzipSync('sku;name\nä;x\n'), { format: 'csv', keyField: 'sku', csv: { delimiter: ';' } });

    expect((await csv.find(['ä'], never)).get('ä')).toEqual({ value: { sku: 'ä', name: 'x' } });
  });

  it.each<[string, object, string]>([
    ['{"id":', {}, 'lookup_1: tables/skus: tables/skus, byte 0: '],
    ['{"id":1}', { key: 'tables/sku' }, 'lookup_1: tables/sku: the object does not exist or is empty'],
    ['', {}, 'lookup_1: tables/skus: the object does not exist or is empty'],
  ])('fails the run if the file cannot be used: %j', async (content, spec, message) => {
    await expect(lookupIn(content, spec).find(['a'], never)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: true,
      message: expect.stringContaining(message),
    });
  });

  it('fails the run if the file is larger than its limit, unpacked', async () => {
    const lookup = lookupIn(gzipSync('{"id":1}\n'.repeat(200_000)), {}, 1024 * 1024);

    await expect(lookup.find(['a'], never)).rejects.toThrow('lookup_1: tables/skus: a table has at most 1 MB');
  });
});

describe('the cache of a lookup', () => {
  it('keeps matches and misses, as many as fit', async () => {
    const asked: string[][] = [];
    const inner: Lookup = {
      async find(keys) {
        asked.push([...keys]);
        return new Map(keys.map((key): [string, Match] => [key, key === 'none' ? MISSING : { value: key }]));
      },
    };
    const lookup = cachedLookup(inner, 400);

    await lookup.find(['a', 'none'], never);
    const found = await lookup.find(['none', 'a', 'b'], never);
    await lookup.find(['c', 'd', 'a'], never);

    expect([...found]).toHaveLength(3);
    expect(asked).toEqual([['a', 'none'], ['b'], ['c', 'd']]);
    await lookup.find(['none'], never);
    expect(asked.at(-1)).toEqual(['none']);
  });
});
