import type { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { DerivedRecord } from '../../../../../../../functions/core/executors/flow/chain.ts';
import type { FlowContext } from '../../../../../../../functions/core/executors/flow/flow-context.ts';
import type { FlowFailure } from '../../../../../../../functions/core/executors/flow/flow-failure.ts';
import type { FlowHttpClientOptions } from '../../../../../../../functions/core/executors/flow/http/flow-http-client.ts';
import type { PageKey, SinkPage } from '../../../../../../../functions/core/executors/flow/sink-writer.ts';
import { createHttpWriter, type HttpSinkSpec } from '../../../../../../../functions/core/executors/flow/sinks/http.ts';
import { createAddressRule } from '../../../../../../../functions/core/executors/http/public-address.ts';
import { Redaction } from '../../../../../../../functions/core/executors/output/redaction.ts';
import { httpContext, NOON, recordedPauses } from '../../../../../../helpers/builders/http-context.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { waitForAssertion } from '../../../../../../helpers/wait.ts';

const LINEAGE = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const never = new AbortController().signal;

let respond: (body: Json, response: ServerResponse, request: IncomingMessage) => void;
let server: Awaited<ReturnType<typeof startHttpServer>>;

beforeEach(async () => {
  respond = (_, response) => response.writeHead(201).end();
  server = await startHttpServer((request, response) => {
    const text = server.received.at(-1)?.body ?? 'null';
    const body = request.headers['content-type'] === 'application/json' ? (JSON.parse(text) as Json) : text;
    respond(body, response, request);
  });
});

afterEach(() => server.close());

interface Given {
  readonly spec?: Partial<HttpSinkSpec>;
  readonly context?: Partial<FlowContext>;
  readonly options?: FlowHttpClientOptions;
}

function writer({ spec, context, options }: Given = {}) {
  const sink: HttpSinkSpec = {
    id: 'sink_1',
    type: 'http',
    url: `${server.url}/orders?key=shh`,
    method: 'POST',
    headers: {},
    mode: 'batch',
    concurrency: 1,
    ...spec,
  };
  return createHttpWriter(sink, httpContext(context), { ...recordedPauses(), ...options });
}

/** Creates a page with these values, each of its own origin. */
function page(values: readonly Json[], key: Partial<PageKey> = {}): SinkPage {
  return pageOf(
    values.map((value, origin) => ({ value, origin })),
    key,
  );
}

function pageOf(records: readonly DerivedRecord[], key: Partial<PageKey> = {}): SinkPage {
  return { key: { lineage: LINEAGE, split: 2, page: 7, task: 0, ...key }, records, offeredBefore: 0 };
}

const write = (records: SinkPage, given?: Given, signal = never) => writer(given).write(records, signal);

const failureOf = (records: SinkPage, given?: Given): Promise<FlowFailure> =>
  write(records, given).then(
    () => expect.fail('it did not fail'),
    (error: FlowFailure) => error,
  );

const keys = () => server.received.map(({ headers }) => headers['idempotency-key']);
const single: Partial<HttpSinkSpec> = { mode: 'single' };

describe('batch mode', () => {
  it('sends one request with the list of records and the page’s key', async () => {
    const result = await write(page([{ id: 1 }, 'höre', null]));

    const [request] = server.received;
    expect(request).toMatchObject({ method: 'POST', path: '/orders?key=shh', body: '[{"id":1},"höre",null]' });
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '23' });
    expect(keys()).toEqual([`${LINEAGE}-sink_1-2-7`]);
    expect(result).toEqual({ refused: [], bytes: 23 });
  });

  it('sends lines of JSON in the format ndjson, with the page’s key', async () => {
    respond = (_, response) => response.writeHead(201).end();
    server.received.length = 0;

    const { refused, bytes } = await write(page([{ id: 1 }, 'a\nb', null]), { spec: { format: 'ndjson' } });

    const [request] = server.received;
    expect(request).toMatchObject({ body: '{"id":1}\n"a\\nb"\nnull\n' });
    expect(request?.headers['content-type']).toBe('application/x-ndjson');
    expect(keys()).toEqual([`${LINEAGE}-sink_1-2-7`]);
    expect({ refused, bytes }).toEqual({ refused: [], bytes: 21 });
  });

  it('keeps the media type that the headers of a sink of ndjson name', async () => {
    const headers = { 'Content-Type': 'application/jsonl' };

    await write(page([1]), { spec: { format: 'ndjson', headers } });

    expect(server.received[0]?.headers['content-type']).toBe('application/jsonl');
  });

  it('keeps the query of the sink unchanged', async () => {
    await write(page([1]), { spec: { url: `${server.url}/orders?a=b%20c,d~e&f=+g&%7E&empty=&` } });

    expect(server.received[0]?.path).toBe('/orders?a=b%20c,d~e&f=+g&%7E&empty=&');
  });

  it('sends the sink’s method and headers, and ignores its values for the platform’s headers', async () => {
    const headers = {
      Authorization: 'Bearer x',
      'Idempotency-Key': 'forged',
      'Webhook-Id': 'forged',
      Host: 'bank.test',
    };

    await write(page([1]), { spec: { method: 'PUT', headers } });

    const [request] = server.received;
    expect(request).toMatchObject({ method: 'PUT', headers: { authorization: 'Bearer x' } });
    expect(request?.headers.host).toBe(`127.0.0.1:${server.port}`);
    expect(request?.headers).not.toHaveProperty('webhook-id');
    expect(keys()).toEqual([`${LINEAGE}-sink_1-2-7`]);
  });

  it('refuses all records of a refused batch', async () => {
    respond = (_, response) => response.writeHead(422).end('{ "error":\n  "no sku" }');

    const { refused, bytes } = await write(page([1, 2]));

    const message = `the whole page was refused: HTTP 422 from ${server.url}/orders: { "error": "no sku" }`;
    expect(refused).toEqual([
      { index: 0, message },
      { index: 1, message },
    ]);
    expect(bytes).toBe(5);
    expect(server.received).toHaveLength(1);
  });

  it.each([400, 402, 406, 409, 413, 415, 425, 428, 451])(
    'does not repeat a batch that was refused with status %d',
    async (status) => {
      respond = (_, response) => response.writeHead(status).end();

      expect((await write(page([1]))).refused).toMatchObject([
        { index: 0, message: `the whole page was refused: HTTP ${status} from ${server.url}/orders` },
      ]);
      expect(server.received).toHaveLength(1);
    },
  );
});

describe('single mode', () => {
  it('sends one request per record, in order, with a key derived from the record’s origin', async () => {
    const records = [
      { value: 'a', origin: 0 },
      { value: 'b', origin: 3 },
      { value: 'c', origin: 3 },
      { value: 'd', origin: 4 },
    ];

    const result = await write(pageOf(records), { spec: single });

    expect(server.received.map(({ body }) => body)).toEqual(['"a"', '"b"', '"c"', '"d"']);
    expect(keys()).toEqual(['0.0', '3.0', '3.1', '4.0'].map((place) => `${LINEAGE}-sink_1-2-7-${place}`));
    expect(result).toEqual({ refused: [], bytes: 12, processed: 4 });
  });

  it('leaves records to a later write under the same keys if the page’s time is over', async () => {
    respond = (body, response) => response.writeHead(body === 2 || body === 5 ? 422 : 200).end();
    const whole = page([1, 2, 3, 4, 5]);
    const spec = { ...single, concurrency: 1 };

    const first = await write({ ...whole, isTimeUp: () => server.received.length >= 3 }, { spec });
    const second = await write({ ...whole, resumeFrom: 3, isTimeUp: () => true }, { spec });
    const third = await write({ ...whole, resumeFrom: 4, isTimeUp: () => true }, { spec });

    expect([first, second, third]).toMatchObject([
      { processed: 3, refused: [{ index: 1 }], bytes: 3 },
      { processed: 4, refused: [], bytes: 1 },
      { processed: 5, refused: [{ index: 4 }], bytes: 1 },
    ]);
    expect(server.received.map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']);
    expect(keys()).toEqual([0, 1, 2, 3, 4].map((place) => `${LINEAGE}-sink_1-2-7-${place}.0`));
  });

  it('repeats the keys when another writer writes the page again', async () => {
    const records = page([1, 2, 3]);
    const spec = { ...single, concurrency: 2 };
    await write(records, { spec });
    const first = new Set(keys());

    await write(records, { spec });

    expect(new Set(keys().slice(3))).toEqual(first);
    expect(first.size).toBe(3);
  });

  it('shares no key with a page or with another sink’s record', async () => {
    await write(page([1]), { spec: { ...single, id: 'a' } });
    await write(page([1]), { spec: { ...single, id: 'a-2' } });
    await write(page([1], { split: 0, page: 0 }), { spec: { id: 'a-2-7' } });
    await write(page([1], { split: 7, page: 0 }), { spec: { id: 'a-2' } });

    expect(new Set(keys()).size).toBe(4);
  });

  it('refuses records one by one', async () => {
    respond = (body, response) => response.writeHead(Number(body) % 2 ? 200 : 422).end(`not ${JSON.stringify(body)}`);

    const { refused } = await write(page([1, 2, 3, 4]), { spec: { ...single, concurrency: 4 } });

    expect(refused).toEqual([
      { index: 1, message: `HTTP 422 from ${server.url}/orders: not 2` },
      { index: 3, message: `HTTP 422 from ${server.url}/orders: not 4` },
    ]);
  });

  it('sends at most as many requests at once as the sink’s concurrency', async () => {
    const waiting: ServerResponse[] = [];
    let most = 0;
    respond = (_, response) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      // The first four are answered together, so four must be under way.
      if (waiting.length === 4) for (const held of waiting.splice(0)) held.end();
    };
    const warned = vi.fn();
    process.on('warning', warned);

    await write(page(Array.from({ length: 24 }, (_, i) => i)), { spec: { ...single, concurrency: 4 } });

    expect(most).toBe(4);
    expect(new Set(keys()).size).toBe(24);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it('uses as many connections as concurrent requests and closes them with the slice', async () => {
    const sockets = new Set<IncomingMessage['socket']>();
    respond = (_, response, request) => {
      sockets.add(request.socket);
      response.end('{}');
    };

    const sink = writer({ spec: { ...single, concurrency: 3 } });
    await sink.write(page(Array.from({ length: 12 }, (_, i) => i)), never);

    expect(sockets.size).toBeLessThanOrEqual(3);
    await sink.close?.();
    await waitForAssertion(() => expect([...sockets].every((socket) => socket.destroyed)).toBe(true));
  });

  it('stops and leaves no request behind after a permanent failure', async () => {
    const open = new Set<IncomingMessage['socket']>();
    respond = (body, response, request) => {
      open.add(request.socket);
      request.socket.once('close', () => open.delete(request.socket));
      // The other requests are never answered.
      if (body === 3) response.writeHead(403).end();
    };
    const records = page(Array.from({ length: 50 }, (_, i) => i));

    const failure = await failureOf(records, { spec: { ...single, concurrency: 4 } });

    expect(failure).toMatchObject({ permanent: true, message: `HTTP 403 from ${server.url}/orders` });
    expect(server.received.length).toBeLessThanOrEqual(4);
    await waitForAssertion(() => expect(open.size).toBeLessThanOrEqual(1));
  });
});

describe('responses', () => {
  it.each([200, 201, 202, 204])('accepts the records with status %d, whatever the body contains', async (status) => {
    respond = (_, response) => response.writeHead(status).end(status === 204 ? '' : '<html>');

    expect(await write(page([1]))).toMatchObject({ refused: [] });
  });

  it('accepts the records with a success status before a truncated or endless body', async () => {
    respond = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    const broken = await write(page([1]));
    respond = (_, response) => {
      const block = Buffer.alloc(64 * 1024, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(block));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const endless = await write(page([1]));
    respond = (_, response) => response.write('half');
    const slow = await write(page([1]), { options: { requestTimeoutMs: 1_000 } });

    expect([broken, endless, slow]).toMatchObject([{ refused: [] }, { refused: [] }, { refused: [] }]);
    expect(server.received).toHaveLength(3);
  });

  it.each([401, 403, 404, 405, 407, 410, 301, 304, 307])('fails the run permanently with status %d', async (status) => {
    respond = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end('secret');

    const failure = await failureOf(page([1]));

    expect(failure).toMatchObject({ name: 'FlowFailure', permanent: true });
    expect(failure.message).toContain(`HTTP ${status} from ${server.url}/orders`);
    expect(failure.message).not.toMatch(/shh|secret/);
    expect(server.received).toHaveLength(1);
  });

  it('decodes a compressed response for the quote', async () => {
    respond = (_, response) => response.writeHead(422, { 'content-encoding': 'gzip' }).end(gzipSync('no sku'));

    const { refused } = await write(page([1]), { spec: single });

    expect(refused[0]?.message).toBe(`HTTP 422 from ${server.url}/orders: no sku`);
  });

  it('quotes a note if the response cannot be decoded', async () => {
    respond = (_, response) => response.writeHead(422, { 'content-encoding': 'compress' }).end('bytes');

    const { refused } = await write(page([1]), { spec: single });

    expect(refused[0]?.message).toMatch(/: \[Content-Encoding: must be one of .*, got 'compress'\]$/);
  });

  it('quotes up to 300 characters', async () => {
    respond = (_, response) => response.writeHead(400).end('é'.repeat(50_000));

    const { refused } = await write(page([1]), { spec: single });

    expect(refused[0]?.message).toBe(`HTTP 400 from ${server.url}/orders: ${'é'.repeat(300)}`);
  });

  it('quotes no secret, wherever the quote is cut', async () => {
    const secret = 'hush-hush-1';
    const redaction = new Redaction(new Map([['key', secret]]));
    respond = (_, response) => response.writeHead(400).end(`${'x'.repeat(295)}${secret} ${secret}`);

    const { refused } = await write(page([1]), { spec: single, context: { redaction } });

    expect(refused[0]?.message).toMatch(/x\{\{sec$/);
  });
});

describe('a sink with transient errors', () => {
  /** Answers the first requests with these statuses and accepts the others. */
  const first = (...refusals: readonly (readonly [status: number, headers?: Record<string, string>])[]): void => {
    const left = [...refusals];
    respond = (_, response) => response.writeHead(...(left.shift() ?? ([200] as const))).end();
  };

  it.each([
    [429, {}],
    [500, {}],
    [408, {}],
    [503, { 'retry-after': '0' }],
  ] satisfies [number, Record<string, string>][])(
    'repeats a request after %d with %j under the same key, with growing delays',
    async (status, headers) => {
      first(...Array.from({ length: 5 }, () => [status, headers] as const));
      const { pauses, pause } = recordedPauses();

      const result = await write(page([1]), { options: { pause } });

      expect(result).toEqual({ refused: [], bytes: 3 });
      expect(keys()).toEqual(Array.from({ length: 6 }, () => `${LINEAGE}-sink_1-2-7`));
      expect(pauses).toHaveLength(5);
      for (const [i, pause] of pauses.entries()) {
        expect(pause).toBeGreaterThanOrEqual(500 * 2 ** i);
        expect(pause).toBeLessThanOrEqual(1_000 * 2 ** i);
      }
    },
  );

  it('gives up after six tries, for a later slice to try again', async () => {
    first(...Array.from({ length: 6 }, () => [500] as const));

    expect(await failureOf(page([1]))).toMatchObject({
      permanent: false,
      message: `HTTP 500 from ${server.url}/orders; tries: 6`,
    });
    expect(server.received).toHaveLength(6);
  });

  it.each([
    ['7', 7_000],
    ['60', 60_000],
    [new Date(NOON + 12_000).toUTCString(), 12_000],
  ])('waits for the time of Retry-After: %s', async (after, waitMs) => {
    first([429, { 'retry-after': after }], [503, { 'retry-after': '1' }]);
    const { pauses, pause } = recordedPauses();

    expect(await write(page([1]), { options: { pause } })).toMatchObject({ refused: [] });
    expect(pauses).toEqual([waitMs, 1_000]);
  });

  it('waits for short requested times more often than it retries errors', async () => {
    first(...Array.from({ length: 20 }, () => [429, { 'retry-after': '2' }] as const));

    expect(await write(page([1]))).toMatchObject({ refused: [] });
  });

  it.each([
    ['61', 1, 61_000],
    ['90', 1, 90_000],
    [new Date(NOON + 600_000).toUTCString(), 1, 600_000],
    ['86400', 1, 3_600_000],
    ['50', 3, 50_000],
  ])(
    'leaves a page to a later slice if the requested wait is too long for a worker: %s',
    async (after, requests, waitMs) => {
      first(...Array.from({ length: 9 }, () => [429, { 'retry-after': after }] as const));
      const log = vi.fn();

      const result = await write(page([1]), { context: { log } });

      expect(result).toEqual({ refused: [], bytes: 0, processed: 0, waitMs });
      expect(server.received).toHaveLength(requests);
      const message = `HTTP 429 from ${server.url}/orders: waiting as requested`;
      expect(log.mock.calls.at(-1)).toEqual(['warn', 'sink_1', message, { waitMs }]);
    },
  );

  it('resumes single records at the first deferred one, under the same keys', async () => {
    const busy = new Set<Json>(['c']);
    respond = (body, response) => {
      if (busy.has(body)) response.writeHead(503, { 'retry-after': '90' }).end();
      else response.writeHead(body === 'b' ? 422 : 201).end();
    };
    const records = page(['a', 'b', 'c', 'd', 'e']);

    const before = await write(records, { spec: single });
    busy.clear();
    const after = await write({ ...records, resumeFrom: 2 }, { spec: single });

    expect(before).toMatchObject({ refused: [{ index: 1 }], processed: 2, waitMs: 90_000 });
    expect(after).toEqual({ refused: [], bytes: 9, processed: 5 });
    expect(server.received.map(({ body }) => body)).toEqual(['"a"', '"b"', '"c"', '"c"', '"d"', '"e"']);
    expect(keys()[3]).toBe(keys()[2]);
  });

  it('counts no record after a deferred one, although others were sent concurrently', async () => {
    const held: (() => void)[] = [];
    respond = (body, response) => {
      held.push(() =>
        body === 'b' ? response.writeHead(429, { 'retry-after': '120' }).end() : response.writeHead(422).end(),
      );
      if (server.received.length >= 3) for (const end of held.splice(0)) end();
    };

    const result = await write(page(['a', 'b', 'c', 'd', 'e', 'f']), { spec: { ...single, concurrency: 3 } });

    expect(result).toMatchObject({ refused: [{ index: 0 }], processed: 1, waitMs: 120_000 });
    expect(server.received.map(({ body }) => body)).toEqual(expect.arrayContaining(['"a"', '"b"', '"c"']));
  });

  it('repeats a request under the same key after a broken connection', async () => {
    let times = 0;
    respond = (_, response) => {
      times += 1;
      if (times < 3) response.destroy();
      else response.end();
    };

    expect(await write(page([1]))).toMatchObject({ refused: [] });
    expect(new Set(keys()).size).toBe(1);
    expect(keys()).toHaveLength(3);
  });

  it('repeats a request without a response for up to a minute', async () => {
    let now = NOON;
    respond = () => {
      now += 31_000;
    };

    const failure = await failureOf(page([1]), { context: { now: () => now }, options: { requestTimeoutMs: 1_000 } });

    expect(failure).toMatchObject({
      permanent: false,
      message: `no complete response from ${server.url}/orders within 1000 ms; tries: 2`,
    });
    expect(new Set(keys()).size).toBe(1);
  });

  it('gives up at a closed port, for a later slice to try again', async () => {
    await server.close();

    const failure = await failureOf(page([1]));

    expect(failure).toMatchObject({ permanent: false });
    expect(failure.message).toMatch(/ECONNREFUSED.*; tries: 6$/);
  });
});

describe('an abort', () => {
  it.each(['batch', 'single'] as const)('drops the requests under way (%s)', async (mode) => {
    const controller = new AbortController();
    const closed = vi.fn();
    const awaited = mode === 'batch' ? 1 : 3;
    respond = (_, __, request) => {
      request.socket.once('close', closed);
      if (server.received.length === awaited) controller.abort('stop');
    };

    const writing = write(page([1, 2, 3, 4, 5]), { spec: { mode, concurrency: 3 } }, controller.signal);

    await expect(writing).rejects.toBe('stop');
    await waitForAssertion(() => expect(closed).toHaveBeenCalledTimes(awaited));
    expect(server.received).toHaveLength(awaited);
  });

  it('ends the delay between two tries', async () => {
    const controller = new AbortController();
    respond = (_, response) => response.writeHead(429, { 'retry-after': '60' }).end();
    const spec = { id: 's', type: 'http', method: 'POST', headers: {}, mode: 'batch', concurrency: 1 } as const;
    // The clock is read for Retry-After. The wait has begun by the next turn of the event loop.
    const now = (): number => {
      if (server.received.length === 1) setImmediate(() => controller.abort('stop'));
      return NOON;
    };

    const writing = createHttpWriter({ ...spec, url: server.url }, httpContext({ now })).write(
      page([1]),
      controller.signal,
    );

    await expect(writing).rejects.toBe('stop');
    expect(server.received).toHaveLength(1);
  });

  it('sends nothing after an abort before the start', async () => {
    await expect(write(page([1]), {}, AbortSignal.abort('stop'))).rejects.toBe('stop');
    await expect(write(page([1]), { spec: single }, AbortSignal.abort('stop'))).rejects.toBe('stop');
    expect(server.received).toEqual([]);
  });
});

describe('address rule', () => {
  const publicOnly = { mayConnect: createAddressRule([]) };

  it('refuses a private address permanently', async () => {
    const failure = await failureOf(page([1]), { context: publicOnly });

    expect(failure).toMatchObject({ permanent: true });
    expect(failure.message).toBe(
      `${server.url}/orders: connections are allowed to public addresses only, not 127.0.0.1`,
    );
    expect(server.received).toEqual([]);
  });

  it('refuses a name that resolves to a private address permanently', async () => {
    const lookup = ((_: string, __: object, callback: (error: null, found: object[]) => void) =>
      callback(null, [{ address: '10.0.0.1', family: 4 }])) as unknown as typeof dnsLookup;

    const failure = await failureOf(page([1]), { options: { lookup }, spec: { url: 'http://inner.test/' } });

    expect(failure).toMatchObject({
      permanent: true,
      message: 'http://inner.test/: connections are allowed to public addresses only, not 10.0.0.1',
    });
  });

  it('does not follow a redirect', async () => {
    const inner = await startHttpServer((_, response) => response.end());
    respond = (_, response) => response.writeHead(307, { location: inner.url }).end();

    expect(await failureOf(page([1]))).toMatchObject({
      permanent: true,
      message: `HTTP 307 from ${server.url}/orders: redirects are not followed`,
    });
    expect(inner.received).toEqual([]);
    await inner.close();
  });
});

describe('the rate of requests to a host', () => {
  it('delays a request until the tenant may send it, and is logged at the end of the slice', async () => {
    const { pauses, pause, now } = recordedPauses();
    const asked: string[] = [];
    const waits = [1_000, 500, 0];
    const lines: unknown[] = [];
    const sink = writer({
      context: {
        takeHostToken: async (host) => {
          asked.push(host);
          return waits.shift() ?? 0;
        },
        now,
        random: () => 0,
        log: (...line) => lines.push(line),
      },
      options: { pause },
    });

    const result = await sink.write(page([1]), never);
    await sink.close?.();

    expect(server.received).toHaveLength(1);
    expect(result).toEqual({ refused: [], bytes: 3 });
    expect(asked).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    expect(pauses).toEqual([1_000, 500]);
    expect(lines).toEqual([['info', 'sink_1', expect.stringContaining('hostRequestsPerSecond'), { waitMs: 1_500 }]]);
  });

  it('logs the time during which concurrent senders wait, once for all of them', async () => {
    const { pauses, pause, now } = recordedPauses();
    const waits = [2_000, 2_000, 1_500, 0];
    const lines: unknown[] = [];
    const takeHostToken = async () => waits.shift() ?? 0;
    const context: Partial<FlowContext> = { takeHostToken, now, random: () => 0, log: (...line) => lines.push(line) };
    const sink = writer({ spec: { ...single, concurrency: 3 }, context, options: { pause } });

    await sink.write(page([1, 2, 3]), never);
    await sink.close?.();

    expect(pauses).toEqual([2_000, 2_000, 1_500]);
    expect(lines).toEqual([['info', 'sink_1', expect.any(String), { waitMs: 2_000 }]]);
  });

  it('leaves the rest of a page to a later slice after 20 s, without a failed try', async () => {
    let left = 2;
    const takeHostToken = async () => (left-- > 0 ? 0 : 5_000);

    const result = await write(page([1, 2, 3]), { spec: single, context: { takeHostToken, random: () => 0 } });

    expect(server.received).toHaveLength(2);
    expect(result).toEqual({ refused: [], bytes: 3, processed: 2, waitMs: 5_000 });
  });

  it('counts each retry', async () => {
    let taken = 0;
    respond = (_, response) => response.writeHead(taken < 3 ? 503 : 200).end();

    const takeHostToken = async () => {
      taken += 1;
      return 0;
    };
    await write(page([1]), { context: { takeHostToken } });

    expect(server.received).toHaveLength(3);
    expect(taken).toBe(3);
  });

  it('ends the wait at an abort', async () => {
    const stop = new AbortController();
    const takeHostToken = async () => {
      stop.abort(new Error('stopped'));
      return 5_000;
    };

    const written = write(page([1]), { context: { takeHostToken } }, stop.signal);

    await expect(written).rejects.toThrow('stopped');
    expect(server.received).toEqual([]);
  });
});
