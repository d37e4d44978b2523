import type { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Position } from '../../../../../../../functions/core/domain/flow/position.ts';
import type { HttpSource, Paging } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { FlowContext } from '../../../../../../../functions/core/executors/flow/flow-context.ts';
import type { FlowFailure } from '../../../../../../../functions/core/executors/flow/flow-failure.ts';
import type { FlowHttpClientOptions } from '../../../../../../../functions/core/executors/flow/http/flow-http-client.ts';
import { parsePagePosition } from '../../../../../../../functions/core/executors/flow/http-paging/page-position.ts';
import type { ReadResult, SourceBatch } from '../../../../../../../functions/core/executors/flow/source-reader.ts';
import { createHttpReader } from '../../../../../../../functions/core/executors/flow/sources/http.ts';
import { createAddressRule } from '../../../../../../../functions/core/executors/http/public-address.ts';
import { Redaction } from '../../../../../../../functions/core/executors/output/redaction.ts';
import { httpContext, NOON, recordedPauses } from '../../../../../../helpers/builders/http-context.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { waitForAssertion } from '../../../../../../helpers/wait.ts';

type Api = (query: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void;

let api: Api;
let server: Awaited<ReturnType<typeof startHttpServer>>;

beforeEach(async () => {
  api = (_, response) => response.end('[]');
  server = await startHttpServer((request, response) =>
    api(new URL(request.url ?? '', server.url).searchParams, response, request),
  );
});

afterEach(() => server.close());

const answer = (response: ServerResponse, body: Json): unknown => response.end(JSON.stringify(body));
const queries = () => server.received.map(({ path }) => path.replace('/orders', ''));

interface Given {
  readonly paging?: Paging;
  readonly spec?: Partial<HttpSource>;
  readonly context?: Partial<FlowContext>;
  readonly options?: FlowHttpClientOptions;
  readonly signal?: AbortSignal;
  readonly from?: Position;
  readonly split?: Json;
}

function read({ paging = { type: 'none' }, spec, context, options, signal, from = null, split = null }: Given = {}) {
  const source: HttpSource = { type: 'http', url: `${server.url}/orders`, headers: {}, records: null, paging, ...spec };
  const reader = createHttpReader({ id: 'source_1', ...source }, httpContext(context), {
    ...recordedPauses(),
    ...options,
  });
  return reader.read(split, from, signal ?? new AbortController().signal);
}

/** Reads a source to its end. Requested waits take no time. */
async function readAll(given?: Given): Promise<ReadResult[]> {
  const readings: ReadResult[] = [];
  for await (const reading of read(given)) readings.push(reading);
  return readings;
}

const isBatch = (reading: ReadResult): reading is SourceBatch => 'records' in reading;
const valuesOf = (readings: readonly ReadResult[]): Json[] =>
  readings.filter(isBatch).flatMap(({ records }) => records.map((record) => ('value' in record ? record.value : null)));
const nextOf = (readings: readonly ReadResult[]) =>
  readings.filter(isBatch).map(({ next }) => parsePagePosition(next)?.place ?? null);

const failureOf = (given?: Given): Promise<FlowFailure> =>
  readAll(given).then(
    () => expect.fail('it did not fail'),
    (error: FlowFailure) => error,
  );

/** Deeper than recursion reaches. */
const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);

const orders = (count: number): Json[] => Array.from({ length: count }, (_, i) => ({ id: i + 1 }));

describe('requests', () => {
  it('have the headers of the source, except for the platform’s', async () => {
    await readAll({ spec: { headers: { Authorization: 'Bearer x', 'Idempotency-Key': 'k', Host: 'bank.test' } } });

    const { method, headers } = server.received[0] ?? expect.fail('nothing was received');
    expect(method).toBe('GET');
    expect(headers).toMatchObject({ authorization: 'Bearer x', accept: 'application/json', 'user-agent': 'Jobdeck/1' });
    expect(headers).toHaveProperty('host', `127.0.0.1:${server.port}`);
    expect(headers).not.toHaveProperty('idempotency-key');
  });

  it('have the source’s Accept header in place of the platform’s', async () => {
    await readAll({ spec: { headers: { Accept: 'application/vnd.shop+json' } } });

    expect(server.received[0]?.headers.accept).toBe('application/vnd.shop+json');
  });

  it('belong to one split', async () => {
    const spec: HttpSource = { type: 'http', url: server.url, headers: {}, records: null, paging: { type: 'none' } };
    const reader = createHttpReader({ id: 'source_1', ...spec }, httpContext());

    expect(await reader.plan(new AbortController().signal)).toEqual([null]);
    expect(reader).toMatchObject({ staged: true, unbounded: false });
  });

  it('reuse one connection', async () => {
    const sockets = new Set();
    api = (query, response, request) => {
      sockets.add(request.socket);
      answer(response, query.get('page') === '4' ? [] : orders(1));
    };

    await readAll({ paging: { type: 'page', param: 'page', start: 1, sizeParam: null, size: null } });

    expect(server.received).toHaveLength(4);
    expect(sockets.size).toBe(1);
  });
});

describe('the cursor of a delta in the path', () => {
  const spec = () => ({
    url: `${server.url}/orders/{{delta.cursor}}/changes`,
    delta: { path: 'at', start: 'a', overlapSeconds: 0 },
  });
  const split = (cursor: string) => ({ cursor, path: 'at', startedAt: null, version: 0, plannedAt: '', plannedBy: '' });

  it.each(['..', '.'])('fails the run before the first request if it leads to another path: %s', async (cursor) => {
    expect(await failureOf({ spec: spec(), split: split(cursor) })).toMatchObject({
      permanent: true,
      message: `the cursor '${cursor}' changes the path of the URL`,
    });
    expect(server.received).toEqual([]);
  });

  it('is one segment otherwise', async () => {
    await readAll({ spec: spec(), split: split('a/b..') });

    expect(server.received.map(({ path }) => path)).toEqual(['/orders/a%2Fb../changes']);
  });
});

describe('responses', () => {
  it('may contain a list of any values', async () => {
    const body = JSON.stringify([{ id: 1 }, 'höre', 3, null, [true]]);
    api = (_, response) => response.end(body);

    const readings = await readAll();

    expect(valuesOf(readings)).toEqual([{ id: 1 }, 'höre', 3, null, [true]]);
    expect(readings).toMatchObject([{ bytes: Buffer.byteLength(body), next: null }]);
  });

  it('may contain records that fail', async () => {
    api = (_, response) => response.end(`[1, {"n":1e999}, ${'['.repeat(300)}${']'.repeat(300)}, ${deep}, 2]`);

    const [reading] = await readAll();

    const place = `${server.url}/orders, record`;
    const nested = 'it is nested more than 256 levels deep';
    expect(reading).toMatchObject({
      records: [
        { value: 1 },
        { failed: { input: '{"n":null}', message: `${place} 1: a number is too large` } },
        { failed: { input: '['.repeat(300) + ']'.repeat(300), message: `${place} 2: ${nested}` } },
        { failed: { input: '', message: `${place} 3: ${nested}` } },
        { value: 2 },
      ],
    });
  });

  it('contain the list at the source’s path', async () => {
    api = (_, response) => answer(response, { data: { items: orders(2) } });

    expect(valuesOf(await readAll({ spec: { records: 'data.items' } }))).toEqual(orders(2));
  });

  it('contain no records with status 204', async () => {
    api = (_, response) => response.writeHead(204).end();

    expect(await readAll()).toEqual([{ records: [], bytes: 0, next: null }]);
  });

  it.each([
    ['<html>secret</html>', null, 'the response must be JSON in UTF-8'],
    ['', null, 'the response must be JSON in UTF-8'],
    ['{"secret":1}', null, 'the response must be a list'],
    ['{"data":{"secret":1}}', 'data.items', 'there must be a list at data.items of the response'],
    ['{"data":[{"items":[]}]}', 'data.items', 'there must be a list at data.items of the response'],
    ['[]', 'length', 'there must be a list at length of the response'],
  ])('fail permanently if %s has no list at %s', async (body, records, message) => {
    api = (_, response) => response.end(body);

    const failure = await failureOf({ spec: { records, url: `${server.url}/orders?key=secret` } });

    expect(failure).toMatchObject({ name: 'FlowFailure', permanent: true });
    expect(failure.message).toBe(`${server.url}/orders: ${message}`);
    expect(failure.cause).toBeUndefined();
  });

  it('fail permanently if they are not UTF-8', async () => {
    api = (_, response) => response.end(Buffer.from('["h\xf6re"]', 'latin1'));

    expect(await failureOf()).toMatchObject({ permanent: true, message: expect.stringContaining('UTF-8') });
  });

  it('fail permanently if they contain too many values', async () => {
    const items = (count: number) => `[${'{},'.repeat(count - 1)}{}]`;
    api = (_, response) => response.end(items(1_000_001));
    const failure = await failureOf();
    api = (_, response) => response.end(items(1_000));
    const few = await readAll();

    expect(failure).toMatchObject({
      permanent: true,
      message: `${server.url}/orders: a response must be at most 2000000 values; smaller pages may help`,
    });
    expect(valuesOf(few)).toHaveLength(1_000);
  });

  it.each([
    ['gzip', gzipSync('[{"id":1},{"id":2}]')],
    ['deflate', deflateSync('[{"id":1},{"id":2}]')],
    ['br', brotliCompressSync('[{"id":1},{"id":2}]')],
  ])('may be compressed without being requested so: %s', async (coding, body) => {
    api = (_, response) => response.writeHead(200, { 'content-encoding': coding }).end(body);

    const readings = await readAll();

    expect(server.received[0]?.headers['accept-encoding']).toBe('identity');
    expect(valuesOf(readings)).toEqual(orders(2));
    expect(readings).toMatchObject([{ bytes: 19 }]);
  });

  it.each([
    ['compress', "Content-Encoding: must be one of gzip, x-gzip, deflate, br, zstd, got 'compress'"],
    ['gzip', 'the response cannot be decoded as gzip: incorrect header check'],
  ])('fail the source permanently with the coding’s name if they cannot be decoded: %s', async (coding, message) => {
    api = (_, response) => response.writeHead(200, { 'content-encoding': coding }).end('[{"id":1}]');

    expect(await failureOf()).toMatchObject({ permanent: true, message: `${server.url}/orders: ${message}` });
    expect(server.received).toHaveLength(1);
  });

  it('cause another request if their compressed bytes are truncated', async () => {
    const whole = gzipSync('[{"id":1}]');
    api = (_, response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(server.received.length === 1 ? whole.subarray(0, -6) : whole);

    expect(valuesOf(await readAll())).toEqual(orders(1));
    expect(server.received).toHaveLength(2);
  });

  it('fail permanently at the size limit of a decompression bomb', async () => {
    // 512 MB in members of 1 MB, which a decompressor joins.
    const bomb = Buffer.concat(Array<Buffer>(512).fill(gzipSync(Buffer.alloc(1024 * 1024, ' '))));
    api = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);

    expect(await failureOf()).toMatchObject({
      permanent: true,
      message: `${server.url}/orders: a response must be at most 8 MB; smaller pages may help`,
    });
  });

  it('fail permanently over 8 MB without being read further', async () => {
    const closed = vi.fn();
    api = (_, response, request) => {
      request.socket.once('close', closed);
      const block = Buffer.alloc(1024 * 1024, ' ');
      const write = (): void => {
        while (!response.destroyed && response.write(block));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    };

    expect(await failureOf()).toMatchObject({
      permanent: true,
      message: `${server.url}/orders: a response must be at most 8 MB; smaller pages may help`,
    });
    await waitForAssertion(() => expect(closed).toHaveBeenCalled());
  });
});

describe('paging', () => {
  /** Serves `count` orders in pages of the requested size. */
  const paged = (count: number, from: (query: URLSearchParams) => number, size: number): void => {
    api = (query, response) => answer(response, orders(count).slice(from(query), from(query) + size));
  };

  it('requests one page without paging', async () => {
    api = (_, response) => answer(response, orders(3));

    expect(nextOf(await readAll({ spec: { url: `${server.url}/orders?a=1` } }))).toEqual([null]);
    expect(queries()).toEqual(['?a=1']);
  });

  describe('page', () => {
    const paging = { type: 'page', param: 'p', start: 1, sizeParam: 'n', size: 2 } as const;
    const from = (query: URLSearchParams) => (Number(query.get('p')) - 1) * 2;

    it.each([
      [0, ['?p=1&n=2'], [null]],
      [1, ['?p=1&n=2', '?p=2&n=2'], [2, null]],
      [2, ['?p=1&n=2', '?p=2&n=2'], [2, null]],
      [5, ['?p=1&n=2', '?p=2&n=2', '?p=3&n=2', '?p=4&n=2'], [2, 3, 4, null]],
    ])('reads %d records up to the first empty page', async (count, asked, next) => {
      paged(count, from, 2);

      const readings = await readAll({ paging });

      expect(valuesOf(readings)).toEqual(orders(count));
      expect(queries()).toEqual(asked);
      expect(nextOf(readings)).toEqual(next);
    });

    it('ends at the first empty page if the page size is unknown', async () => {
      paged(3, (query) => Number(query.get('p')) * 2, 2);

      const readings = await readAll({ paging: { ...paging, start: 0, sizeParam: null, size: null } });

      expect(valuesOf(readings)).toEqual(orders(3));
      expect(queries()).toEqual(['?p=0', '?p=1', '?p=2']);
    });

    it('resumes at any position and keeps the rest of the query', async () => {
      paged(5, from, 2);

      const readings = await readAll({ paging, from: 3, spec: { url: `${server.url}/orders?a=b&p=9` } });

      expect(valuesOf(readings)).toEqual([{ id: 5 }]);
      expect(queries()).toEqual(['?a=b&p=3&n=2', '?a=b&p=4&n=2']);
    });
  });

  describe('offset', () => {
    const paging = { type: 'offset', param: 'skip', limitParam: 'take', limit: 3 } as const;
    const from = (query: URLSearchParams) => Number(query.get('skip'));

    it.each([
      [2, [0, 2], [2, null]],
      [3, [0, 3], [3, null]],
      [7, [0, 3, 6, 7], [3, 6, 7, null]],
    ])('reads %d records up to the first empty page', async (count, asked, next) => {
      paged(count, from, 3);

      const readings = await readAll({ paging });

      expect(valuesOf(readings)).toEqual(orders(count));
      expect(queries()).toEqual(asked.map((skip) => `?skip=${skip}&take=3`));
      expect(nextOf(readings)).toEqual(next);
    });

    it('counts the received records, also if they are more than requested', async () => {
      paged(10, from, 4);

      expect(valuesOf(await readAll({ paging }))).toEqual(orders(10));
      expect(queries()).toEqual([0, 4, 8, 10].map((skip) => `?skip=${skip}&take=3`));
    });

    it('resumes at any position', async () => {
      paged(7, from, 3);

      expect(valuesOf(await readAll({ paging, from: 6 }))).toEqual([{ id: 7 }]);
    });
  });

  describe('cursor', () => {
    const paging = { type: 'cursor', param: 'after', path: 'meta.next' } as const;
    const spec = { records: 'items' };
    const leading = (to: Readonly<Record<string, Json>>): void => {
      api = (query, response) => {
        const cursor = query.get('after') ?? 'none';
        answer(response, { items: [cursor], meta: { next: to[cursor] ?? null } });
      };
    };

    it('sends cursors back until there is none', async () => {
      leading({ none: 'a+/=&', 'a+/=&': 7, 7: 'c' });

      const readings = await readAll({ paging, spec });

      expect(valuesOf(readings)).toEqual(['none', 'a+/=&', '7', 'c']);
      expect(nextOf(readings)).toEqual(['a+/=&', 7, 'c', null]);
    });

    it('continues after an empty page and from any position', async () => {
      api = (query, response) =>
        answer(response, query.get('after') === 'b' ? { items: [1] } : { items: [], meta: { next: 'b' } });

      expect(valuesOf(await readAll({ paging, spec, from: 'a' }))).toEqual([1]);
      expect(queries()).toEqual(['?after=a', '?after=b']);
    });

    it.each([
      [{}],
      [{ meta: null }],
      [{ meta: { next: null } }],
      [{ meta: { next: '' } }],
      [{ meta: { next: false } }],
    ])('ends with the body %j', async (body) => {
      api = (_, response) => answer(response, { items: [1], ...body });

      expect(nextOf(await readAll({ paging, spec }))).toEqual([null]);
    });

    it('ends with a next page that leads to itself', async () => {
      leading({ none: 'a', a: 'a' });

      expect(valuesOf(await readAll({ paging, spec }))).toEqual(['none', 'a']);
    });

    it.each([
      [
        `{"items":[],"meta":{"next":"${'c'.repeat(4_097)}"}}`,
        'the cursor at meta.next must have at most 4096 characters',
      ],
      ['{"items":[],"meta":{"next":{"secret":1}}}', 'the cursor at meta.next must be text or a number'],
      [
        '{"items":[],"meta":{"next":12345678901234567890}}',
        'the cursor at meta.next must be text or a number up to 2^53',
      ],
    ])('fails permanently with %.60s', async (body, message) => {
      api = (_, response) => response.end(body);

      expect(await failureOf({ paging, spec })).toMatchObject({ permanent: true, message });
    });
  });

  describe('link', () => {
    const paging = { type: 'link' } as const;
    const linking = (to: (page: string) => string | null): void => {
      api = (query, response) => {
        const page = query.get('page') ?? '1';
        const link = to(page);
        if (link !== null) response.setHeader('link', ['</first>; rel="first"', `<${link}>; rel="next"`]);
        answer(response, [page]);
      };
    };

    it('follows relative and absolute links until there is none', async () => {
      linking((page) => ({ 1: '?page=2', 2: '/orders?page=3', 3: `${server.url}/orders?page=4#top` })[page] ?? null);

      const readings = await readAll({ paging, spec: { url: `${server.url}/orders?size=1` } });

      expect(valuesOf(readings)).toEqual(['1', '2', '3', '4']);
      expect(nextOf(readings)).toEqual(
        [2, 3, 4].map((page) => `${server.url}/orders?page=${page}`).concat([null as never]),
      );
    });

    it('resumes at any position', async () => {
      linking(() => null);

      expect(valuesOf(await readAll({ paging, from: `${server.url}/orders?page=8` }))).toEqual(['8']);
    });

    it('ends with a next page that leads to itself', async () => {
      linking(() => '?page=2');

      expect(valuesOf(await readAll({ paging }))).toEqual(['1', '2']);
    });

    it('fails permanently at a link to another origin without following it', async () => {
      const other = await startHttpServer((_, response) => response.end('[]'));
      linking(() => `${other.url}/orders?key=secret`);

      const failure = await failureOf({ paging, spec: { headers: { authorization: 'Bearer x' } } });

      expect(failure).toMatchObject({ permanent: true });
      expect(failure.message).toBe(`${server.url}: the next page must be on the same origin, got ${other.url}`);
      expect(other.received).toEqual([]);
      await other.close();
    });

    it.each([['http://[nowhere'], ['//'], ['mailto:a@b.test']])('fails permanently at a link to %s', async (target) => {
      linking(() => target);

      expect(await failureOf({ paging })).toMatchObject({ permanent: true });
    });
  });
});

describe('a source with transient errors', () => {
  /** Answers the first requests with these statuses, and then with a list. */
  const first = (...refusals: readonly (readonly [status: number, headers?: Record<string, string>])[]): void => {
    const left = [...refusals];
    api = (_, response) => {
      const refusal = left.shift();
      if (refusal) response.writeHead(...refusal).end('not now');
      else answer(response, [1]);
    };
  };

  it.each([
    [429, '30', 30_000],
    [503, '1', 1_000],
    [429, new Date(NOON + 90_000).toUTCString(), 90_000],
    [429, '86400', 60 * 60_000],
  ])('returns a wait to the caller for %d with Retry-After %s', async (status, after, waitMs) => {
    first([status, { 'retry-after': after }]);
    const { pauses, pause } = recordedPauses();

    const readings = await readAll({ options: { pause } });

    expect(readings).toEqual([{ waitMs }, { records: [{ value: 1 }], bytes: 3, next: null }]);
    expect(pauses).toEqual([]);
  });

  it('repeats the same page after any number of requested waits', async () => {
    first(...Array.from({ length: 20 }, () => [429, { 'retry-after': '1' }] as const));

    const readings = await readAll({
      paging: { type: 'page', param: 'p', start: 1, sizeParam: null, size: 5 },
      from: 7,
    });

    expect(readings.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => ({ waitMs: 1_000 })));
    expect(queries()).toEqual([...Array.from({ length: 21 }, () => '?p=7'), '?p=8']);
    expect(valuesOf(readings)).toEqual([1]);
  });

  it.each([
    [429, {}],
    [500, {}],
    [408, {}],
    [503, { 'retry-after': '0' }],
    [429, { 'retry-after': 'soon' }],
    [503, { 'retry-after': new Date(NOON - 5_000).toUTCString() }],
  ] satisfies [number, Record<string, string>][])(
    'repeats a request after %d with %j, with growing delays',
    async (status, headers) => {
      first(...Array.from({ length: 4 }, () => [status, headers] as const));
      const { pauses, pause } = recordedPauses();

      expect(valuesOf(await readAll({ options: { pause } }))).toEqual([1]);
      expect(pauses).toHaveLength(4);
      for (const [i, pause] of pauses.entries()) {
        expect(pause).toBeGreaterThanOrEqual(300 * 2 ** i);
        expect(pause).toBeLessThanOrEqual(600 * 2 ** i);
      }
    },
  );

  it('gives up after five tries, for a later slice to try again', async () => {
    first(...Array.from({ length: 5 }, () => [502] as const));

    expect(await failureOf({ spec: { url: `${server.url}/orders?key=secret` } })).toMatchObject({
      permanent: false,
      message: `HTTP 502 from ${server.url}/orders; tries: 5`,
    });
    expect(server.received).toHaveLength(5);
  });

  it('has all its tries again for the next page', async () => {
    const failing = new Map<string, number>();
    api = (query, response) => {
      const page = query.get('p') ?? '';
      const times = (failing.get(page) ?? 0) + 1;
      failing.set(page, times);
      if (times < 5) response.writeHead(500).end();
      else answer(response, page === '3' ? [] : [page]);
    };

    const paging = { type: 'page', param: 'p', start: 1, sizeParam: null, size: null } as const;
    expect(valuesOf(await readAll({ paging }))).toEqual(['1', '2']);
  });

  it.each([400, 401, 403, 404, 410, 301, 304])('fails permanently with status %d', async (status) => {
    api = (_, response) => response.writeHead(status, { location: `${server.url}/elsewhere` }).end();

    const failure = await failureOf({ spec: { url: `${server.url}/orders?key=secret` } });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure.message).toContain(`HTTP ${status} from ${server.url}/orders`);
    expect(failure.message).not.toContain('secret');
    expect(server.received).toHaveLength(1);
  });

  it('logs a warning without secrets for each try and each wait', async () => {
    const secret = 'hush-hush-1';
    const redaction = new Redaction(new Map([['key', secret]]));
    const log = vi.fn();
    first([503], [429, { 'retry-after': '30' }]);

    await readAll({ spec: { url: `${server.url}/${secret}` }, context: { redaction, log } });

    expect(log.mock.calls).toEqual([
      [
        'warn',
        'source_1',
        `HTTP 503 from ${server.url}/{{secret:key}}: tried again`,
        { tries: 1, waitMs: expect.any(Number) },
      ],
      ['warn', 'source_1', `${server.url}/{{secret:key}} requested a wait`, { waitMs: 30_000 }],
    ]);
  });

  it('redacts a secret that the API echoes', async () => {
    const secret = 'hush-hush-1';
    const redaction = new Redaction(new Map([['key', secret]]));
    api = (_, response) => response.writeHead(404).end(secret);

    const { message } = await failureOf({ spec: { url: `${server.url}/${secret}` }, context: { redaction } });

    expect(message).toBe(`HTTP 404 from ${server.url}/{{secret:key}}`);
  });

  it('repeats a request after a broken connection', async () => {
    let times = 0;
    api = (_, response) => {
      times += 1;
      if (times === 1) response.destroy();
      else if (times === 2) response.writeHead(200, { 'content-length': '9' }).write('[', () => response.destroy());
      else answer(response, [1]);
    };

    expect(valuesOf(await readAll())).toEqual([1]);
    expect(times).toBe(3);
  });

  it('gives up at a closed port, for a later slice to try again', async () => {
    await server.close();

    const failure = await failureOf();

    expect(failure).toMatchObject({ permanent: false });
    expect(failure.message).toMatch(/ECONNREFUSED.*; tries: 5$/);
  });

  it('gives up an endless response after the timeout', async () => {
    let now = NOON;
    api = (_, response) => {
      response.write('[');
      now += 31_000;
    };

    const failure = await failureOf({ context: { now: () => now }, options: { requestTimeoutMs: 1_000 } });

    expect(failure).toMatchObject({ permanent: false });
    expect(failure.message).toBe(`no complete response from ${server.url}/orders within 1000 ms; tries: 2`);
    expect(server.received).toHaveLength(2);
  });
});

describe('abort and end', () => {
  it('drops the request under way', async () => {
    const controller = new AbortController();
    const closed = vi.fn();
    api = (_, response, request) => {
      request.socket.once('close', closed);
      response.write('[');
      controller.abort('stop');
    };

    await expect(readAll({ signal: controller.signal })).rejects.toBe('stop');
    await waitForAssertion(() => expect(closed).toHaveBeenCalled());
    expect(server.received).toHaveLength(1);
  });

  it('ends the delay between two tries', async () => {
    const controller = new AbortController();
    api = (_, response) => response.writeHead(500).end();
    const pause = (_: number, signal: AbortSignal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
        controller.abort('stop');
      });

    await expect(readAll({ signal: controller.signal, options: { pause } })).rejects.toBe('stop');
    expect(server.received).toHaveLength(1);
  });

  it('sends nothing after an abort before the start', async () => {
    await expect(readAll({ signal: AbortSignal.abort('stop') })).rejects.toBe('stop');
    expect(server.received).toEqual([]);
  });

  it('closes the connection when the caller stops reading', async () => {
    const closed = vi.fn();
    api = (_, response, request) => {
      request.socket.once('close', closed);
      answer(response, [1]);
    };
    const readings = read({ paging: { type: 'page', param: 'p', start: 1, sizeParam: null, size: null } });
    await readings.next();

    await readings.return();

    await waitForAssertion(() => expect(closed).toHaveBeenCalled());
  });
});

describe('address rule', () => {
  const publicOnly = { mayConnect: createAddressRule([]) };

  it.each(['127.0.0.1', '[::1]', '169.254.169.254'])('refuses the address %s permanently', async (host) => {
    const failure = await failureOf({ context: publicOnly, spec: { url: `http://${host}:${server.port}/` } });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure.message).toContain('connections are allowed to public addresses only');
    expect(server.received).toEqual([]);
  });

  it('refuses a name that resolves to a private address permanently', async () => {
    const lookup = ((_: string, __: object, callback: (error: null, found: object[]) => void) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof dnsLookup;

    const failure = await failureOf({
      context: publicOnly,
      options: { lookup },
      spec: { url: `http://rebound.test:${server.port}/` },
    });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure.message).toContain('connections are allowed to public addresses only, not 127.0.0.1');
    expect(server.received).toEqual([]);
  });

  it('does not follow a redirect', async () => {
    const inner = await startHttpServer((_, response) => response.end('[]'));
    api = (_, response) => response.writeHead(302, { location: inner.url }).end();

    expect(await failureOf()).toMatchObject({
      permanent: true,
      message: `HTTP 302 from ${server.url}/orders: redirects are not followed`,
    });
    expect(inner.received).toEqual([]);
    await inner.close();
  });
});

describe('the rate of requests to a host', () => {
  it('leaves a page to a later slice after 20 s without a permitted request', async () => {
    const { pauses, pause, now } = recordedPauses();
    const lines: unknown[] = [];
    let asked = 0;
    const takeHostToken = async () => (++asked < 7 ? 5_000 : 0);
    const context: Partial<FlowContext> = { now, takeHostToken, random: () => 0, log: (...line) => lines.push(line) };

    const readings = await readAll({ context, options: { pause } });

    expect(readings).toEqual([{ waitMs: 5_000 }, { records: [], bytes: 2, next: null }]);
    expect(pauses).toEqual([5_000, 5_000, 5_000, 5_000, 5_000]);
    expect(lines).toEqual([['info', 'source_1', expect.stringContaining('hostRequestsPerSecond'), { waitMs: 25_000 }]]);
  });
});

describe('a source with a delta', () => {
  const cursor = '2026-01-01T00:00:00Z';
  const split = { cursor, path: 'changed_at', startedAt: null, version: 0, plannedAt: cursor, plannedBy: 'run' };
  const delta = { path: 'changed_at', start: cursor, overlapSeconds: 0 };
  const headers = { since: '{{delta.cursor}}' };

  it('sends its cursor in a header', async () => {
    await readAll({ spec: { delta, headers }, split });

    expect(server.received[0]?.headers).toHaveProperty('since', cursor);
  });

  it.each([
    ['warns once if no record of the first page has a value', [{ id: 1 }, { id: 2, changed_at: null }], 1],
    ['does not warn if a record of the first page has a value', [{ id: 1 }, { id: 2, changed_at: cursor }], 0],
    ['does not warn if there is no record', [], 0],
  ] as const)('%s', async (_, records, warnings) => {
    api = (query, response) =>
      answer(response, query.get('page') === '3' ? [] : records.map((each) => ({ ...each, page: query.get('page') })));
    const log = vi.fn();

    await readAll({
      paging: { type: 'page', param: 'page', start: 1, sizeParam: null, size: null },
      spec: { delta, headers },
      split,
      context: { log },
    });

    const message = 'no record of the first page has a value at changed_at, so the cursor may not move';
    expect(log.mock.calls).toEqual(Array.from({ length: warnings }, () => ['warn', 'source_1', message, {}]));
  });
});
