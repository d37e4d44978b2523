import { zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HttpSource } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { SourceBatch } from '../../../../../../../functions/core/executors/flow/source-reader.ts';
import { createHttpReader } from '../../../../../../../functions/core/executors/flow/sources/http.ts';
import { httpContext, recordedPauses } from '../../../../../../helpers/builders/http-context.ts';
import { recordsOf } from '../../../../../../helpers/builders/source-context.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { bundleExpressionHost } from '../../../../../../helpers/system/expression-host.ts';

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

let host: Awaited<ReturnType<typeof bundleExpressionHost>>;
beforeAll(async () => {
  host = await bundleExpressionHost();
});
afterAll(() => host.remove());

let server: Awaited<ReturnType<typeof startHttpServer>> | undefined;
afterEach(() => server?.close());

/** Reads an API that gives these answers one after the other. */
async function read(answers: readonly Answer[], spec: Partial<HttpSource> = {}) {
  const remaining = [...answers];
  const api = await startHttpServer((_, response) => {
    const { status = 200, headers = {}, body = '' } = remaining.shift() ?? { status: 404 };
    response.writeHead(status, headers).end(body);
  });
  server = api;
  const source: HttpSource = {
    type: 'http',
    url: `${api.url}/orders`,
    headers: {},
    records: null,
    paging: { type: 'none' },
    ...spec,
  };
  const reader = createHttpReader({ id: 'source_1', ...source }, httpContext(), recordedPauses(), host);
  const pages: SourceBatch[] = [];
  for await (const page of reader.read(null, null, new AbortController().signal))
    if ('records' in page) pages.push(page);
  return { records: recordsOf(pages), pages, requests: api.received };
}

describe('the format of responses', () => {
  it('may be NDJSON; a line that is none fails with its input', async () => {
    const { records, requests } = await read([{ body: '{"a":1}\nno\n\n{"a":9007199254740993}' }], { format: 'ndjson' });

    expect(records.map((record) => JSON.stringify(record))).toEqual([
      '{"value":{"a":1}}',
      expect.stringContaining('"input":"no"'),
      '{"value":{"a":9007199254740993}}',
    ]);
    expect(requests[0]?.headers.accept).toBe('application/x-ndjson');
  });

  it('may be CSV of a dialect, page by page', async () => {
    const csv = { delimiter: ';', quote: "'" };
    const { records, pages } = await read([{ body: "a;b\n1;'x;y'\n" }, { body: 'a;b\n2;z\n3\n' }, { body: 'a;b\n' }], {
      format: 'csv',
      csv,
      paging: { type: 'page', param: 'page', start: 1, sizeParam: null, size: null },
    });

    expect(records).toEqual([
      { value: { a: '1', b: 'x;y' } },
      { value: { a: '2', b: 'z' } },
      { failed: { input: '3', message: expect.stringContaining('the header has 2 columns, the row 1') } },
    ]);
    expect(pages).toHaveLength(3);
  });

  it.each<[string, Answer, Partial<HttpSource>]>([
    [
      'by the Content-Type',
      { headers: { 'content-type': 'text/csv; charset="ISO-8859-1"' }, body: Buffer.from('a\nü\n', 'latin1') },
      { format: 'csv' },
    ],
    ['by the dialect', { body: Buffer.from('a\nü\n', 'latin1') }, { format: 'csv', csv: { encoding: 'latin1' } }],
    [
      'of JSON, too',
      { headers: { 'content-type': 'application/json;charset=utf-16' }, body: Buffer.from('[{"a":"ü"}]', 'utf16le') },
      {},
    ],
    [
      'after unpacking',
      {
        headers: { 'content-type': 'text/csv; charset=windows-1252', 'content-encoding': 'zstd' },
        body: zstdCompressSync(Buffer.from('a\nü\n', 'latin1')),
      },
      { format: 'csv' },
    ],
  ])('is decoded %s', async (_, answer, spec) => {
    expect((await read([answer], spec)).records).toEqual([{ value: { a: 'ü' } }]);
  });

  it.each([
    [{ headers: { 'content-type': 'text/csv; charset=ebcdic' }, body: 'a\n1' }, 'the response must be text in EBCDIC'],
    [{ body: Buffer.from('a\n\xff', 'latin1') }, 'the response must be text in UTF-8'],
    [{ body: `a${','.repeat(2_000_001)}` }, 'a response must be at most 2000000 values'],
  ])('fails the run if a response cannot be read: %.40j', async (answer, message) => {
    await expect(read([answer], { format: 'csv' })).rejects.toMatchObject({
      permanent: true,
      message: expect.stringContaining(message),
    });
  });
});

describe('endStatuses', () => {
  const spec = { endStatuses: [404, 410], records: 'items', paging: { type: 'nextUrl', path: 'next' } } as const;

  it('end a list whose next page does not exist', async () => {
    const { records, pages } = await read([{ body: '{"items":[1],"next":"/orders?page=2"}' }, { status: 410 }], spec);

    expect(records).toEqual([{ value: 1 }]);
    expect(pages.at(-1)?.next).toBeNull();
  });

  it('make a list of no records on the first page', async () => {
    expect((await read([{ status: 404 }], spec)).records).toEqual([]);
  });

  it('leave other statuses a failure', async () => {
    await expect(read([{ status: 403 }], spec)).rejects.toMatchObject({ name: 'FlowFailure', permanent: true });
  });
});

describe('endWhen', () => {
  const paging = { type: 'page', param: 'page', start: 1, sizeParam: null, size: null } as const;
  const page = (items: readonly number[], more: unknown) => ({ body: JSON.stringify({ items, more }) });

  it('ends a list with the page for which it is true, whose records are read', async () => {
    const answers = [page([1], true), page([2], false), page([3], true)];

    const { records, pages, requests } = await read(answers, { records: 'items', paging, endWhen: 'more = false' });

    expect(records).toEqual([{ value: 1 }, { value: 2 }]);
    expect([pages.at(-1)?.next, requests.length]).toEqual([null, 2]);
  });

  it('leaves an expression that is not simple to JSONata', async () => {
    const answers = [page([1], 'a'), page([2], 'ab'), page([3], 'b')];
    const endWhen = '$count($match(more, /b$/)) > 0 and items[0] > 1';

    expect((await read(answers, { records: 'items', paging, endWhen })).records).toEqual([{ value: 1 }, { value: 2 }]);
  });

  it('leaves the end to the paging while it is not true', async () => {
    const answers = [page([1], true), page([], true)];

    expect((await read(answers, { records: 'items', paging, endWhen: 'missing' })).records).toEqual([{ value: 1 }]);
  });

  it('fails the run permanently if the expression fails', async () => {
    await expect(read([page([1], 'a')], { records: 'items', paging, endWhen: 'more > 1' })).rejects.toMatchObject({
      permanent: true,
      message: expect.stringMatching(/^endWhen: /),
    });
  });
});
