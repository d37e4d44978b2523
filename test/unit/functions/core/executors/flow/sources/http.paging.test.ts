import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Position } from '../../../../../../../functions/core/domain/flow/position.ts';
import type { RequestBody } from '../../../../../../../functions/core/domain/flow/request-body.ts';
import type { HttpSource, Paging } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { FlowContext } from '../../../../../../../functions/core/executors/flow/flow-context.ts';
import type { FlowFailure } from '../../../../../../../functions/core/executors/flow/flow-failure.ts';
import { createPager } from '../../../../../../../functions/core/executors/flow/http-paging/pager.ts';
import { createHttpReader } from '../../../../../../../functions/core/executors/flow/sources/http.ts';
import { httpContext, recordedPauses } from '../../../../../../helpers/builders/http-context.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';

type Api = (query: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void;

let api: Api;
let server: Awaited<ReturnType<typeof startHttpServer>>;

beforeEach(async () => {
  server = await startHttpServer((request, response) =>
    api(new URL(request.url ?? '', server.url).searchParams, response, request),
  );
});

afterEach(() => server.close());

const PAGE = { type: 'page', param: 'page', start: 1, sizeParam: 'size', size: 100 } as const;
const UNSIZED = { ...PAGE, sizeParam: null, size: null };
const OFFSET = { type: 'offset', param: 'offset', limitParam: 'limit', limit: 100 } as const;
const CURSOR = { type: 'cursor', param: 'cursor', path: 'next' } as const;

interface Given {
  readonly paging: Paging;
  readonly records?: string | null;
  readonly url?: string;
  readonly body?: RequestBody;
  /** Reads each page in a slice of its own, from the serialized position. */
  readonly sliced?: boolean;
  readonly log?: FlowContext['log'];
  readonly from?: Position;
  /** Maximum pages to read. */
  readonly pages?: number;
}

interface Read {
  readonly records: readonly Json[];
  readonly positions: readonly Position[];
  readonly failure: FlowFailure | undefined;
}

/** Reads a source up to its end, its failure or the given number of pages. */
async function readSource(given: Given): Promise<Read> {
  const {
    paging,
    body,
    records = null,
    url = `${server.url}/orders`,
    sliced = false,
    log,
    from = null,
    pages = 50,
  } = given;
  const spec: HttpSource = { type: 'http', url, headers: {}, records, paging, body };
  const reader = createHttpReader({ id: 'source_1', ...spec }, httpContext(log && { log }), recordedPauses());
  const read: Json[] = [];
  const positions: Position[] = [];
  const result = (failure?: FlowFailure) => ({ records: read, positions, failure });
  try {
    for (let position = from; ; ) {
      for await (const reading of reader.read(null, position, new AbortController().signal)) {
        if ('waitMs' in reading) throw new Error(`unexpected wait of ${reading.waitMs} ms`);
        read.push(...reading.records.map((record) => ('value' in record ? record.value : 'failed')));
        positions.push(reading.next);
        if (reading.next === null || positions.length === pages) return result();
        position = JSON.parse(JSON.stringify(reading.next)) as Position;
        if (sliced) break;
      }
    }
  } catch (error) {
    return result(error as FlowFailure);
  }
}

const orders = (from: number, to: number): Json[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ id: from + i }));
const answer = (response: ServerResponse, body: Json, status = 200): unknown =>
  response.writeHead(status).end(JSON.stringify(body));
const requests = () => server.received.map(({ path }) => path.replace('/orders', ''));

describe('responses without a list', () => {
  /** Serves three records, two more, and then this body. */
  const endingWith = (last: Json): void => {
    const pages: Readonly<Record<string, Json>> = {
      first: { items: orders(0, 3), next: 't1' },
      t1: { items: orders(3, 5), next: 't2' },
    };
    api = (query, response) => answer(response, pages[query.get('cursor') ?? 'first'] ?? last);
  };

  it.each([[{ items: null, next: null }], [{ next: null }], [{}]])(
    'ends the source after the first page if the body is %j',
    async (last) => {
      endingWith(last);

      const { records, failure } = await readSource({ paging: CURSOR, records: 'items' });

      expect(failure).toBeUndefined();
      expect(records).toEqual(orders(0, 5));
    },
  );

  it('counts a response without a list as an empty page if the API names a next one', async () => {
    endingWith({ items: null, next: 't1' });

    const { records } = await readSource({ paging: CURSOR, records: 'items', from: 't9' });

    expect(records).toEqual(orders(3, 5));
  });

  it('logs a warning if the list’s path is absent', async () => {
    endingWith({});
    const log = vi.fn();

    await readSource({ paging: CURSOR, records: 'items', log });

    const message = `${server.url}/orders: the response has no value at items: treated as an empty page`;
    expect(log.mock.calls).toEqual([['warn', 'source_1', message, {}]]);
  });

  it.each([
    ['items', { items: null }],
    [null, null],
  ])('accepts an empty first page if null is at %s', async (records, body) => {
    api = (_, response) => answer(response, body);

    expect(await readSource({ paging: CURSOR, records })).toEqual({
      records: [],
      positions: [null],
      failure: undefined,
    });
  });

  it.each([[{ items: { id: 1 } }], [{ items: 'none' }], [{ items: 0 }]])(
    'fails permanently after the first page if the body is %j',
    async (last) => {
      endingWith(last);

      const { failure } = await readSource({ paging: CURSOR, records: 'items' });

      expect(failure).toMatchObject({ permanent: true });
      expect(failure?.message).toBe(`${server.url}/orders: there must be a list at items of the response`);
    },
  );
});

describe('statuses of pages that do not exist', () => {
  /** Serves full pages of 100 records, and then this status. */
  const endingWith = (status: number, count: number): void => {
    api = (query, response) => {
      const from = query.has('offset') ? Number(query.get('offset')) : (Number(query.get('page')) - 1) * 100;
      if (from >= count) answer(response, { detail: 'Invalid page.' }, status);
      else answer(response, orders(from, Math.min(from + 100, count)));
    };
  };

  it.each([
    ['page', 404, PAGE],
    ['page', 400, PAGE],
    ['page', 416, PAGE],
    ['page of unknown size', 404, UNSIZED],
    ['offset', 404, OFFSET],
    ['offset', 400, OFFSET],
    ['offset', 416, OFFSET],
  ])('ends a source that counts by %s: %i', async (_, status, paging) => {
    endingWith(status, 200);

    const { records, failure, positions } = await readSource({ paging });

    expect(failure).toBeUndefined();
    expect(records).toEqual(orders(0, 200));
    expect(positions.at(-1)).toBeNull();
  });

  it.each([404, 400, 416, 422])('ends a source after a page that is not full: %i', async (status) => {
    endingWith(status, 150);

    expect((await readSource({ paging: PAGE, sliced: true })).records).toEqual(orders(0, 150));
  });

  it.each([422, 403, 401, 410])('fails a source after a full page: %i', async (status) => {
    endingWith(status, 200);

    const { failure } = await readSource({ paging: PAGE });

    expect(failure).toMatchObject({ permanent: true, message: `HTTP ${status} from ${server.url}/orders` });
  });

  it.each([404, 400, 416])('fails a source on its first page: %i', async (status) => {
    endingWith(status, 0);

    expect((await readSource({ paging: PAGE })).failure).toMatchObject({ permanent: true });
  });

  it.each([404, 400])('fails a source with cursor paging: %i', async (status) => {
    api = (query, response) =>
      query.has('cursor') ? answer(response, {}, status) : answer(response, { items: [1], next: 'a' });

    expect((await readSource({ paging: CURSOR, records: 'items' })).failure).toMatchObject({ permanent: true });
  });

  it.each([
    [404, 'info'],
    [400, 'warn'],
  ])('logs the end of the list: %i', async (status, level) => {
    endingWith(status, 200);
    const log = vi.fn();

    await readSource({ paging: PAGE, log });

    const message = `HTTP ${status} for the page after the last one`;
    expect(log.mock.calls).toEqual([[level, 'source_1', message, { page: 3 }]]);
  });
});

describe('an API with smaller pages than requested', () => {
  const clamping = (count: number, most: number): void => {
    api = (query, response) => {
      const size = Math.min(most, Number(query.get('size') ?? query.get('limit')));
      const from = query.has('offset') ? Number(query.get('offset')) : (Number(query.get('page')) - 1) * size;
      answer(response, orders(from, Math.min(count, from + size)));
    };
  };

  it.each([
    ['page', { ...PAGE, size: 200 }],
    ['offset', { ...OFFSET, limit: 200 }],
  ])('yields all of its records by %s', async (_, paging) => {
    clamping(250, 100);

    const { records } = await readSource({ paging });

    expect(records).toEqual(orders(0, 250));
    expect(server.received).toHaveLength(4);
  });

  it('yields all of its records if pages differ in size', async () => {
    api = (query, response) => {
      const from = Number(query.get('offset'));
      answer(response, orders(from, Math.min(250, from + 60 + (from % 7))));
    };

    expect((await readSource({ paging: OFFSET, sliced: true })).records).toEqual(orders(0, 250));
  });

  it('ends with a warning if the API ignores the paging parameters', async () => {
    api = (_, response) => answer(response, orders(0, 30));
    const log = vi.fn();

    const { records, failure } = await readSource({ paging: PAGE, sliced: true, log });

    expect(failure).toBeUndefined();
    expect(records).toEqual(orders(0, 30));
    const message = 'a page has the records of the page before: it ends the list';
    expect(log.mock.calls).toEqual([['warn', 'source_1', message, { page: 2 }]]);
  });
});

describe('repeated pages', () => {
  /** Serves cursors that lead from each name to the next, and from the last to the one at index `back`. */
  const circle = (length: number, back: number): void => {
    api = (query, response) => {
      const at = Number(query.get('cursor')?.slice(1) ?? 0);
      answer(response, { items: [{ at }], next: `c${at + 1 < length ? at + 1 : back}` });
    };
  };

  it.each([
    [3, 1, 2],
    [2, 0, 2],
    [7, 3, 4],
    [12, 2, 10],
  ])('fails the source if %i cursors lead back to number %i', async (length, back, cycle) => {
    circle(length, back);

    const { records, failure } = await readSource({ paging: CURSOR, records: 'items', sliced: true });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure?.message).toBe(
      `${server.url}/orders: the next pages form a cycle of ${cycle}; the API must end its list`,
    );
    expect(records.slice(0, length)).toEqual(Array.from({ length }, (_, at) => ({ at })));
    expect(records.length).toBeLessThanOrEqual(3 * length);
  });

  it('fails the source if links form a cycle', async () => {
    api = (query, response) => {
      const page = query.get('page') ?? '1';
      response.setHeader('link', `<?page=${page === '2' ? '3' : '2'}>; rel="next"`);
      answer(response, [page]);
    };

    const { records, failure } = await readSource({ paging: { type: 'link' } });

    expect(records).toEqual(['1', '2', '3']);
    expect(failure?.message).toContain('the next pages form a cycle of 2');
  });

  it('detects cycles with a position of constant size', async () => {
    api = (query, response) => {
      const at = Number(query.get('cursor') ?? 0);
      answer(response, { items: [{ at }], next: String(at + 1) });
    };

    const { positions } = await readSource({ paging: CURSOR, records: 'items', sliced: true });

    expect(positions).toHaveLength(50);
    for (const position of positions) expect(JSON.stringify(position).length).toBeLessThan(160);
  });

  it.each([false, true])('fails a counting source before a record is repeated: sliced %s', async (sliced) => {
    api = (query, response) => {
      const page = Math.min(3, Number(query.get('page')));
      answer(response, orders(page * 10, page * 10 + 10));
    };

    const { records, failure } = await readSource({ paging: UNSIZED, sliced });

    expect(records).toEqual(orders(10, 40));
    expect(failure).toMatchObject({ permanent: true });
    expect(failure?.message).toBe(
      `${server.url}/orders: a page has the same records as the page before; the API repeats its last page, or ignores page=4`,
    );
  });

  it('fails a source whose cursors change', async () => {
    api = (query, response) => {
      const at = Number(query.get('cursor') ?? 0);
      answer(response, { items: orders(Math.min(at, 2) * 5, Math.min(at, 2) * 5 + 5), next: at + 1 });
    };

    const { records, failure } = await readSource({ paging: CURSOR, records: 'items' });

    expect(records).toEqual(orders(0, 15));
    expect(failure?.message).toContain('the API repeats a page');
  });

  it('allows repetitions by chance if each page holds one value', async () => {
    const values = [7, 7, 7, 8, 8];
    api = (query, response) => {
      const value = values[Number(query.get('page')) - 1];
      answer(response, value === undefined ? [] : [value]);
    };

    expect(await readSource({ paging: UNSIZED, sliced: true })).toMatchObject({ records: values, failure: undefined });
  });

  it('fails a source that repeats one record forever', async () => {
    api = (_, response) => answer(response, [{ id: 1 }]);

    const { records, failure } = await readSource({ paging: UNSIZED, sliced: true });

    expect(failure?.message).toContain('repeats its last page, or ignores page=12');
    expect(records).toHaveLength(11);
  });

  it('accepts thirty empty pages in a row', async () => {
    api = (query, response) => {
      const at = Number(query.get('cursor') ?? 0);
      answer(response, { items: at === 30 ? [1] : [], next: at === 30 ? null : at + 1 });
    };

    expect(await readSource({ paging: CURSOR, records: 'items' })).toMatchObject({ records: [1], failure: undefined });
  });

  it.each([
    ['page', PAGE, 3],
    ['cursor', CURSOR, 'c3'],
  ])('resumes from a position of an earlier version, a bare %s', async (_, paging, from) => {
    api = (query, response) => {
      const at = Number((query.get('page') ?? query.get('cursor') ?? '0').replace('c', ''));
      answer(response, { items: at < 5 ? [at] : [], next: at < 5 ? `c${at + 1}` : null });
    };

    expect((await readSource({ paging, records: 'items', from })).records).toEqual([3, 4]);
  });
});

describe('consecutive pages without a record', () => {
  const MAX_EMPTY_PAGES = 1_000;

  /** Serves one record, the given number of empty pages with new cursors, and then the last page. */
  const emptyPages = (count: number, last: Json): void => {
    api = (query, response) => {
      const at = Number(query.get('cursor')?.slice(1) ?? 0);
      if (at === 0) answer(response, { items: [{ a: 1 }], next: 'z1' });
      else answer(response, at <= count ? { next: `z${at + 1}` } : last);
    };
  };
  /** Returns the position after the given number of empty pages. */
  const positionAfter = (count: number): Position => ({
    place: `z${count + 1}`,
    short: false,
    records: '',
    repeats: 0,
    emptyPages: count,
    urls: null,
  });

  it('fails the source permanently after 1,000 that name a next page', async () => {
    emptyPages(Number.POSITIVE_INFINITY, null);

    const { records, failure } = await readSource({ paging: CURSOR, records: 'items', pages: 1_100 });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure?.message).toBe(
      `${server.url}/orders: 1000 pages in a row have no record and name a next page; the API must end its list`,
    );
    expect(records).toEqual([{ a: 1 }]);
    expect(server.received).toHaveLength(1 + MAX_EMPTY_PAGES);
  }, 60_000);

  it('fails the source if Link headers name 1,000 of them', async () => {
    api = (query, response) => {
      response.setHeader('link', `<?page=${Number(query.get('page') ?? 1) + 1}>; rel="next"`);
      answer(response, []);
    };
    const from = { ...(positionAfter(990) as object), place: `${server.url}/orders?page=991` };

    const { failure } = await readSource({ paging: { type: 'link' }, from, sliced: true });

    expect(failure?.message).toContain('1000 pages in a row have no record');
    expect(server.received).toHaveLength(10);
  });

  it('counts them in the position from slice to slice', async () => {
    emptyPages(Number.POSITIVE_INFINITY, null);

    const first = await readSource({ paging: CURSOR, records: 'items', sliced: true, pages: 4 });
    const next = await readSource({ paging: CURSOR, records: 'items', sliced: true, from: positionAfter(990) });

    expect(first.positions[0]).not.toHaveProperty('emptyPages');
    expect(first.positions.slice(1)).toMatchObject([{ emptyPages: 1 }, { emptyPages: 2 }, { emptyPages: 3 }]);
    expect(next.failure?.message).toContain('1000 pages in a row have no record');
    expect(next.positions).toHaveLength(9);
  });

  it('counts anew after a page with a record', async () => {
    emptyPages(999, { items: [{ a: 2 }], next: 'z1' });

    const from = positionAfter(990);
    const { records, failure, positions } = await readSource({ paging: CURSOR, records: 'items', from, pages: 12 });

    expect(failure).toBeUndefined();
    expect(records).toEqual([{ a: 2 }]);
    expect(positions[8]).toMatchObject({ emptyPages: 999 });
    expect(positions[9]).not.toHaveProperty('emptyPages');
    expect(positions.slice(10)).toMatchObject([{ emptyPages: 1 }, { emptyPages: 2 }]);
  });

  it('ends the source at the thousandth if it names no next page', async () => {
    emptyPages(999, {});

    const { failure, positions } = await readSource({ paging: CURSOR, records: 'items', from: positionAfter(990) });

    expect(failure).toBeUndefined();
    expect(positions).toHaveLength(10);
    expect(positions.at(-1)).toBeNull();
  });
});

describe('next pages named in the response', () => {
  it.each(['@odata.nextLink', '"@odata.nextLink"', '`@odata.nextLink`'])('finds the next page at %s', async (path) => {
    api = (query, response) =>
      answer(
        response,
        query.has('$skiptoken')
          ? { value: orders(3, 5) }
          : { value: orders(0, 3), '@odata.nextLink': `${server.url}/orders?$skiptoken=2` },
      );

    const { records } = await readSource({ paging: { ...CURSOR, path }, records: 'value' });

    expect(records).toEqual(orders(0, 5));
    expect(requests()).toEqual(['', '?$skiptoken=2']);
  });

  it.each([
    ['a whole URL', (url: string, page: number) => `${url}/orders?page=${page}#top`],
    ['a path with a query', (_: string, page: number) => `/orders?page=${page}`],
    ['a query', (_: string, page: number) => `?page=${page}`],
  ])('follows %s', async (_, next) => {
    api = (query, response) => {
      const page = Number(query.get('page') ?? 1);
      answer(response, { items: [page], next: page < 3 ? next(server.url, page + 1) : null });
    };

    const url = `${server.url}/orders?a=1`;
    const { records } = await readSource({ paging: CURSOR, records: 'items', url, sliced: true });

    expect(records).toEqual([1, 2, 3]);
    expect(requests()).toEqual(['?a=1', '?page=2', '?page=3']);
  });

  it.each([
    ['https://shop.test/orders', 'http://shop.test/orders?page=2', 'https://shop.test/orders?page=2'],
    ['https://shop.test/orders', 'http://shop.test/orders', null],
    ['http://shop.test/orders', 'http://shop.test/orders?page=2', 'http://shop.test/orders?page=2'],
  ])('keeps https if the API names itself http: %s, %s', (url, next, place) => {
    const byCursor = createPager({ url, paging: CURSOR }).nextToken(null, { body: { next }, records: [1], link: '' });
    const byLink = createPager({ url, paging: { type: 'link' } });

    expect(byCursor).toBe(place);
    expect(byLink.nextToken(null, { body: [1], records: [1], link: `<${next}>; rel="next"` })).toBe(place);
  });

  it.each([
    ['https://shop.test/orders', 'http://other.test/orders'],
    ['https://shop.test/orders', 'http://shop.test:8080/orders'],
    ['https://shop.test:8443/orders', 'http://shop.test/orders'],
    ['http://shop.test/orders', 'https://shop.test/orders'],
  ])('refuses another host, port or scheme: %s, %s', (url, next) => {
    const pager = createPager({ url, paging: CURSOR });
    const place = pager.nextToken(null, { body: { next: `${next}?page=2` }, records: [1], link: '' });

    expect(() => pager.urlFor(place)).toThrow(`the next page must be on the same origin, got ${new URL(next).origin}`);
  });

  it.each(['/abc+/==', 'next?', 'https', 'a/b?c'])('treats %s as a cursor', async (cursor) => {
    api = (query, response) => answer(response, { items: [1], next: query.has('cursor') ? null : cursor });

    await readSource({ paging: CURSOR, records: 'items' });

    expect(requests()).toEqual(['', `?cursor=${encodeURIComponent(cursor)}`]);
  });

  it.each([
    ['http://other.test/orders?page=2', 'http://other.test'],
    ['//other.test/orders?page=2', 'http://other.test'],
    ['https://127.0.0.1/orders', 'https://127.0.0.1'],
  ])('refuses another origin: %s', async (next, origin) => {
    api = (_, response) => answer(response, { items: [1], next });

    const { failure, records } = await readSource({ paging: CURSOR, records: 'items' });

    expect(records).toEqual([1]);
    expect(failure).toMatchObject({ permanent: true });
    expect(failure?.message).toBe(`${server.url}: the next page must be on the same origin, got ${origin}`);
    expect(server.received).toHaveLength(1);
  });

  it.each(['//', '/\\'])('follows a network-path reference to its own host that starts with %s', async (slashes) => {
    api = (_, response, { url }) => {
      const next = url === '/orders' ? `${slashes}${new URL(server.url).host}/orders/2` : null;
      answer(response, { items: [url ?? null], next });
    };

    const { records, failure } = await readSource({ paging: CURSOR, records: 'items', sliced: true });

    expect(failure).toBeUndefined();
    expect(records).toEqual(['/orders', '/orders/2']);
  });

  it.each([
    ['//other.test/orders', 'http://other.test'],
    ['/\\other.test/orders', 'http://other.test'],
    ['//localhost:8080/', 'http://localhost:8080'],
    ['//other.test:8080/orders/2', 'http://other.test:8080'],
    ['//[::1]/orders', 'http://[::1]'],
  ])('refuses a network-path reference to another host: %s', async (next, origin) => {
    api = (_, response) => answer(response, { items: [1], next });

    const { failure } = await readSource({ paging: CURSOR, records: 'items' });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure?.message).toBe(`${server.url}: the next page must be on the same origin, got ${origin}`);
    expect(server.received).toHaveLength(1);
  });

  it.each(['//YWJj/ZGVm+w==', '//abc/def', '//', '///a.b/', '//a.b', '//a/b.c/d', '//key:abc/'])(
    'sends text without a host name after two slashes as a cursor: %s',
    async (cursor) => {
      api = (query, response) => answer(response, { items: [1], next: query.has('cursor') ? null : cursor });

      await readSource({ paging: CURSOR, records: 'items' });

      expect(requests()).toEqual(['', `?cursor=${encodeURIComponent(cursor)}`]);
    },
  );

  it('ends the source at a page that names itself', async () => {
    api = (_, response) => answer(response, { items: [1], next: `${server.url}/orders` });

    expect(await readSource({ paging: CURSOR, records: 'items' })).toMatchObject({ records: [1], failure: undefined });
  });

  it('fails the source at a next page that is not a URL or is too long', async () => {
    api = (_, response) => answer(response, { items: [1], next: 'http://[nowhere' });
    const nowhere = await readSource({ paging: CURSOR, records: 'items' });
    api = (_, response) => answer(response, { items: [1], next: `${server.url}/${'a'.repeat(8_192)}` });
    const long = await readSource({ paging: CURSOR, records: 'items' });

    expect(nowhere.failure?.message).toBe(`${server.url}: the next page in the answer is no URL`);
    expect(long.failure?.message).toBe('the cursor at next must have at most 8192 characters');
  });
});

describe('the query of the source', () => {
  const given = "filter=a%20b,c~d&q='x'&sort=+name&empty=&flag";

  it.each([
    ['page', PAGE, '&page=1&size=100'],
    ['offset', OFFSET, '&offset=0&limit=100'],
    ['a name that is not to be encoded', { ...UNSIZED, param: '$skip:a,b@c' }, '&$skip:a,b@c=1'],
    ['a name in brackets', { ...UNSIZED, param: 'page[number]' }, '&page%5Bnumber%5D=1'],
  ])('keeps its spelling if parameters are added by %s', async (_, paging, added) => {
    api = (_, response) => answer(response, []);

    await readSource({ paging, url: `${server.url}/orders?${given}` });

    expect(requests()).toEqual([`?${given.replaceAll("'", '%27')}${added}`]);
  });

  it('keeps its spelling around a replaced parameter', async () => {
    api = (_, response) => answer(response, []);

    await readSource({ paging: UNSIZED, url: `${server.url}/orders?a=%7E~&page=9&b=%2C,&p%61ge=8&c` });

    expect(requests()).toEqual(['?a=%7E~&page=1&b=%2C,&c']);
  });

  it('accepts any text as a cursor', async () => {
    const cursor = 'a b+/=&#%?é\ud83d';
    api = (query, response) => answer(response, { items: [query.get('cursor')], next: cursor });

    const { records } = await readSource({ paging: CURSOR, records: 'items', url: `${server.url}/orders?a=%20` });

    expect(records).toEqual([null, 'a b+/=&#%?é\ufffd']);
  });
});

describe('URLs of the next page in the response', () => {
  const paging = (path: string): Paging => ({ type: 'nextUrl', path });

  it.each([
    ['absolute', (at: number) => `${server.url}/orders?at=${at}`],
    ['relative to the origin', (at: number) => `/orders?at=${at}`],
    ['relative to the page', (at: number) => `orders?at=${at}`],
    ['of a query alone', (at: number) => `?at=${at}`],
  ])('are followed to the last page if they are %s, in one slice or many', async (_, urlOf) => {
    api = (query, response) => {
      const at = Number(query.get('at') ?? 0);
      answer(response, { value: orders(at, at + 1), '@odata.nextLink': at < 2 ? urlOf(at + 1) : null });
    };

    for (const sliced of [false, true]) {
      const { records, failure } = await readSource({
        paging: paging("['@odata.nextLink']"),
        records: 'value',
        sliced,
      });

      expect(failure).toBeUndefined();
      expect(records).toEqual(orders(0, 3));
    }
  });

  it('end the list if they lead to their own page', async () => {
    api = (_, response) => answer(response, { items: orders(0, 2), next: `${server.url}/orders` });

    expect(await readSource({ paging: paging('next'), records: 'items' })).toMatchObject({ records: orders(0, 2) });
    expect(requests()).toEqual(['']);
  });

  it.each([
    ['https://elsewhere.test/orders', 'the next page must be on the same origin, got https://elsewhere.test'],
    ['https://', 'the next page at next is no URL'],
    [7, 'the next page at next must be a URL'],
    [{ href: '/orders?at=1' }, 'the cursor at next must be text or a number'],
  ])('fail the run if they are %j', async (next, message) => {
    api = (_, response) => answer(response, { items: orders(0, 1), next });

    const { failure } = await readSource({ paging: paging('next'), records: 'items' });

    expect(failure?.message).toContain(message);
    expect(failure?.permanent).toBe(true);
  });
});

describe('requests with a body', () => {
  const bodies = () => server.received.map(({ body }) => JSON.parse(body) as unknown);

  it('use POST and select the page by the cursor in the body', async () => {
    api = (_, response) => {
      const { after } = bodies().at(-1) as { after: string | null };
      const at = Number(after ?? 0);
      answer(response, { items: orders(at, at + 2), next: at < 4 ? String(at + 2) : null });
    };
    const body = { query: 'orders', after: '{{paging}}', '{{paging}}': ['{{paging}}', 1] };

    const { records, failure } = await readSource({ paging: CURSOR, records: 'items', body, sliced: true });

    expect(failure).toBeUndefined();
    expect(records).toEqual(orders(0, 6));
    expect(server.received.map(({ method, path, headers }) => [method, path, headers['content-type']])).toEqual(
      Array.from({ length: 3 }, () => ['POST', '/orders', 'application/json']),
    );
    expect(bodies()).toEqual([null, '2', '4'].map((after) => ({ query: 'orders', after, '{{paging}}': [after, 1] })));
  });

  it.each([
    [UNSIZED, [1, 2, 3]],
    [OFFSET, [0, 2, 4]],
  ])('count pages or records in the body, by numbers, %#', async (paging, expected) => {
    api = (_, response) =>
      answer(response, server.received.length < 3 ? orders(server.received.length, server.received.length + 2) : []);

    await readSource({ paging, body: { from: '{{paging}}' } });

    expect(bodies()).toEqual(expected.map((from) => ({ from })));
    expect(requests()).toEqual(['', '', '']);
  });

  it('select the page by the URL if the body does not', async () => {
    api = (query, response) => answer(response, query.get('page') === '2' ? [] : orders(0, 1));

    await readSource({ paging: UNSIZED, body: { query: 'orders' } });

    expect(requests()).toEqual(['?page=1', '?page=2']);
    expect(bodies()).toEqual([{ query: 'orders' }, { query: 'orders' }]);
  });

  it('end at a cursor that repeats, and fail at a cycle of cursors', async () => {
    api = (_, response) =>
      answer(response, { items: orders(server.received.length, server.received.length + 1), next: 'same' });
    const body = { after: '{{paging}}' };

    expect((await readSource({ paging: CURSOR, records: 'items', body })).records).toHaveLength(2);

    api = (_, response) =>
      answer(response, {
        items: orders(server.received.length, server.received.length + 1),
        next: `${server.received.length % 3}`,
      });
    expect((await readSource({ paging: CURSOR, records: 'items', body })).failure?.message).toContain(
      'form a cycle of 3',
    );
  });
});
