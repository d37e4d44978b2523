import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { FlowContext } from '../../../../../../../functions/core/executors/flow/flow-context.ts';
import type { FlowFailure } from '../../../../../../../functions/core/executors/flow/flow-failure.ts';
import type { SinkPage, SinkResult } from '../../../../../../../functions/core/executors/flow/sink-writer.ts';
import { createHttpWriter } from '../../../../../../../functions/core/executors/flow/sinks/http.ts';
import { httpContext, recordedPauses } from '../../../../../../helpers/builders/http-context.ts';
import { aSinkPage } from '../../../../../../helpers/builders/sink-page.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { bundleExpressionHost } from '../../../../../../helpers/system/expression-host.ts';

const never = new AbortController().signal;
const NUMBERED = '$merge([record, { "number": response.body.number }])';

let host: Awaited<ReturnType<typeof bundleExpressionHost>>;
let server: Awaited<ReturnType<typeof startHttpServer>>;
let respond: (body: Json, response: ServerResponse, request: IncomingMessage) => void;

beforeAll(async () => {
  host = await bundleExpressionHost();
});
afterAll(() => host.remove());
beforeEach(async () => {
  server = await startHttpServer((request, response) => {
    respond(JSON.parse(server.received.at(-1)?.body ?? 'null') as Json, response, request);
  });
});
afterEach(() => server.close());

const json = (value: unknown, response: ServerResponse, status = 201) =>
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));

async function write(
  values: readonly Json[],
  responseMap = NUMBERED,
  {
    concurrency = 1,
    context = {},
    page = {},
  }: { concurrency?: number; context?: Partial<FlowContext>; page?: Partial<SinkPage> } = {},
): Promise<SinkResult> {
  const spec = {
    id: 'erp',
    type: 'http',
    url: `${server.url}/orders`,
    method: 'POST',
    headers: {},
    mode: 'single',
    concurrency,
    responseMap,
  } as const;
  const writer = createHttpWriter(spec, httpContext(context), recordedPauses(), host);
  try {
    return await writer.write({ ...aSinkPage(values), ...page }, never);
  } finally {
    await writer.close?.();
  }
}

describe('responseMap', () => {
  it('makes a record of each record and its response, whatever the order of the responses is', async () => {
    const waiting: (() => void)[] = [];
    respond = (body, response) => {
      const { id } = body as unknown as { id: number };
      waiting.unshift(() => json({ number: `no-${id}` }, response));
      if (waiting.length === 3) for (const answer of waiting.splice(0)) answer();
    };

    const { refused, mapped, processed } = await write([{ id: 1 }, { id: 2 }, { id: 3 }], NUMBERED, { concurrency: 3 });

    expect({ refused, processed }).toEqual({ refused: [], processed: 3 });
    expect(mapped).toEqual([1, 2, 3].map((id) => [{ id, number: `no-${id}` }]));
  });

  it('reads status, headers, payload, JSON with exact numbers, other text, and no body', async () => {
    respond = (body, response) => {
      if (body === 1)
        response
          .writeHead(201, { 'content-type': 'application/vnd.api+json', location: '/orders/7' })
          .end('{"id":9007199254740993}');
      else if (body === 2) response.writeHead(200, { 'content-type': 'text/plain' }).end('höre');
      else if (body === 3) response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[1]'));
      else response.writeHead(204).end();
    };
    const all =
      '{ "at": response.headers.location, "status": response.status, "body": response.body, "by": $payload.by }';

    const { mapped } = await write([1, 2, 3, 4], all, { context: { payload: { by: 'ana' } } });

    expect(JSON.stringify(mapped)).toBe(
      JSON.stringify([
        [{ at: '/orders/7', status: 201, body: '(exact)', by: 'ana' }],
        [{ status: 200, body: 'höre', by: 'ana' }],
        [{ status: 200, body: '[1]', by: 'ana' }],
        [{ status: 204, body: null, by: 'ana' }],
      ]).replace('"(exact)"', '{"id":9007199254740993}'),
    );
  });

  it('makes nothing of a record for which the expression yields nothing', async () => {
    respond = (_, response) => json({}, response);

    const { refused, mapped } = await write([{ id: 1 }, { id: 2 }], 'record[id = 2]');

    expect({ refused, mapped }).toEqual({ refused: [], mapped: [null, [{ id: 2 }]] });
  });

  it('refuses a record whose response is refused, is no JSON, is too large, or fails the expression', async () => {
    respond = (body, response) => {
      if (body === 1) response.writeHead(422).end('no sku');
      else if (body === 2) response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":');
      else if (body === 3) json({ text: 'x'.repeat(1024 * 1024) }, response);
      else json({ number: body }, response);
    };

    const { refused, mapped } = await write([1, 2, 3, 4, 5], 'response.body.number = 4 ? $error("four") : record');

    expect(refused.map(({ index, message }) => [index, message.replace(server.url, '')])).toEqual([
      [0, 'HTTP 422 from /orders: no sku'],
      [1, expect.stringMatching(/^responseMap: the response is not JSON: /)],
      [2, 'responseMap: the response is over 1 MB'],
      [3, 'responseMap: four'],
    ]);
    expect(mapped).toEqual([null, null, null, null, [5]]);
  });

  it('fails the run if the records of a page become too large', async () => {
    respond = (_, response) => json({ text: 'x'.repeat(1_000_000) }, response);

    const writing = write([1, 2, 3, 4, 5, 6, 7, 8, 9], 'response.body');

    await expect(writing).rejects.toMatchObject({
      message: 'erp: responseMap makes over 8 MB of a page: make pageSize smaller',
      permanent: true,
    } satisfies Partial<FlowFailure>);
  });

  it('makes records from where an earlier write ended up to where this one ends', async () => {
    respond = (body, response) => json({ number: body }, response);
    let sent = 0;

    const page = { resumeFrom: 1, isTimeUp: () => ++sent > 2 };
    const { processed, mapped } = await write([1, 2, 3, 4, 5, 6], 'response.body.number', { page });

    expect(processed).toBe(4);
    expect(mapped).toEqual([[2], [3], [4]]);
  });

  it('keeps the idempotency key of a record before which an earlier sink refused one', async () => {
    respond = (_, response) => json({}, response);
    const records = [{ value: 1, origin: 3, ordinal: 1, place: 7 }];

    await write([], NUMBERED, { page: { records } });

    expect(server.received[0]?.headers['idempotency-key']).toMatch(/-3\.1$/);
  });
});
