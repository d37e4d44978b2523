import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import { HttpApi, type HttpApiOptions } from '../../../../../lib/local/api-gateway/http-api.ts';
import { RouteTable } from '../../../../../lib/local/api-gateway/route-table.ts';
import { FunctionError, InvocationRefused } from '../../../../../lib/local/lambda/errors.ts';
import type { InvokeOptions } from '../../../../../lib/local/lambda/function.ts';
import type { LogEntry } from '../../../../../lib/local/lambda/log.ts';
import { startFunction } from '../../../../helpers/system/lambda-function.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

type Invoke = (event: unknown, options?: InvokeOptions) => Promise<unknown>;

const fake = (invoke: Invoke) => ({ name: 'fake', invoke });

/** Starts an API with one function for these routes; returns its base URL. */
async function startApi(
  routeKeys: readonly string[],
  invoke: Invoke,
  options: Partial<HttpApiOptions> & { timeoutMs?: number } = {},
): Promise<string> {
  const { timeoutMs, ...rest } = options;
  const fn = fake(invoke);
  const routes = routeKeys.map((routeKey) => ({ routeKey, fn, ...(timeoutMs !== undefined && { timeoutMs }) }));
  const api = new HttpApi({ routes, ...rest });
  const port = await api.listen(0);
  onTestFinished(() => api.stop(0));
  return `http://127.0.0.1:${port}`;
}

/** Starts an API that responds with the received event. */
async function startEcho(routeKeys: readonly string[] = ['ANY /{path+}', 'ANY /']) {
  const base = await startApi(routeKeys, async (event) => ({ statusCode: 200, body: JSON.stringify(event) }));
  return async (path: string, init?: RequestInit) =>
    (await (await fetch(base + path, init)).json()) as APIGatewayProxyEventV2;
}

test.each([
  ['GET', '/jobs/dog', 'GET /jobs/dog', undefined],
  ['GET', '/jobs/a.b-c', 'GET /jobs/{id}', { id: 'a.b-c' }],
  ['POST', '/jobs/dog', 'ANY /jobs/{id}', { id: 'dog' }],
  ['GET', '/jobs/a/runs/7', 'GET /jobs/{id}/runs/{run}', { id: 'a', run: '7' }],
  ['GET', '/jobs/a/runs/latest', 'GET /jobs/{id}/runs/latest', { id: 'a' }],
  ['GET', '/jobs/a/b/c', 'GET /jobs/{rest+}', { rest: 'a/b/c' }],
  ['POST', '/jobs/a/b/c', 'ANY /{all+}', { all: 'jobs/a/b/c' }],
  ['GET', '/jobs/', 'ANY /{all+}', { all: 'jobs/' }],
  ['GET', '/v1.0', 'GET /v1.0', undefined],
  ['GET', '/v1x0', 'ANY /{all+}', { all: 'v1x0' }],
  ['GET', '/', '$default', undefined],
])('routes %s %s to %s', (method, path, routeKey, pathParameters) => {
  const keys = [
    '$default',
    'ANY /{all+}',
    'GET /jobs/{rest+}',
    'ANY /jobs/{id}',
    'GET /jobs/{id}',
    'GET /jobs/dog',
    'GET /jobs/{id}/runs/{run}',
    'GET /jobs/{id}/runs/latest',
    'GET /v1.0',
  ];
  const table = new RouteTable(keys.map((key) => ({ routeKey: key })));

  expect(table.match(method, path)).toEqual({ route: { routeKey }, pathParameters });
});

test.each([
  [['GET jobs'], /must be like "GET \/jobs\/\{id\}"/],
  [['GET /a', 'GET /a'], /"GET \/a" is there twice/],
])('rejects the route keys %j', (keys, message) => {
  expect(() => new RouteTable(keys.map((routeKey) => ({ routeKey })))).toThrow(message);
});

test('rejects an integration timeout over 30 s', () => {
  const routes = [{ routeKey: 'GET /a', fn: fake(async () => null), timeoutMs: 30_001 }];

  expect(() => new HttpApi({ routes })).toThrow(/timeoutMs must be at most 30000, got 30001/);
});

test('builds an event with payload format 2.0', async () => {
  const call = await startEcho(['POST /jobs/{id}/run']);

  const event = await call('/jobs/a%20b/run?x=1&y=%C3%A9&x=2', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'X-Custom': 'Value', Cookie: 'a=1; b=2' },
    body: '{"é":1}',
  });

  const text = expect.any(String) as string;
  expect(event).toEqual({
    version: '2.0',
    routeKey: 'POST /jobs/{id}/run',
    rawPath: '/jobs/a b/run',
    rawQueryString: 'x=1&y=%C3%A9&x=2',
    cookies: ['a=1', 'b=2'],
    headers: expect.objectContaining({
      'content-type': 'application/json; charset=utf-8',
      'x-custom': 'Value',
      'content-length': '8',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-/) as string,
    }) as Record<string, string>,
    queryStringParameters: { x: '1,2', y: 'é' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: '127.0.0.1',
      domainPrefix: 'local',
      http: { method: 'POST', path: '/jobs/a b/run', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: text },
      requestId: text,
      routeKey: 'POST /jobs/{id}/run',
      stage: '$default',
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/) as string,
      timeEpoch: expect.any(Number) as number,
    },
    pathParameters: { id: 'a b' },
    body: '{"é":1}',
    isBase64Encoded: false,
  });
  expect(event.headers).not.toHaveProperty('cookie');
  expect(event.headers).not.toHaveProperty('connection');
});

test('omits absent parts of a request', async () => {
  const call = await startEcho();

  const event = await call('/');

  for (const key of ['cookies', 'queryStringParameters', 'pathParameters', 'body'])
    expect(event).not.toHaveProperty(key);
  expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false });
});

test('joins repeated headers by commas', async () => {
  const base = await startApi(['GET /a'], async (event) => (event as APIGatewayProxyEventV2).headers['x-tag']);

  const body = await new Promise<string>((resolve, reject) => {
    const sent = request(`${base}/a`, { headers: { 'X-Tag': ['one', 'two'] } }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    });
    sent.on('error', reject).end();
  });

  expect(body).toBe('one,two');
});

test.each([
  ['text/csv', false],
  ['application/json', false],
  ['application/xml;charset=utf-8', false],
  ['application/javascript', false],
  ['application/x-www-form-urlencoded', true],
  ['application/vnd.api+json', true],
  ['application/octet-stream', true],
  [undefined, true],
])('encodes a body of type %s as base64: %s', async (type, isBase64Encoded) => {
  const call = await startEcho();

  const init = { method: 'POST', body: Buffer.from('a=1'), ...(type && { headers: { 'content-type': type } }) };
  const event = await call('/x', init);

  expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'YT0x' : 'a=1' });
});

test('encodes a body of a type of text that is not UTF-8 as base64', async () => {
  const call = await startEcho();

  const init = {
    method: 'POST',
    body: Buffer.from([0x22, 0xff, 0x22]),
    headers: { 'content-type': 'application/json' },
  };
  const event = await call('/x', init);

  expect(event).toMatchObject({ isBase64Encoded: true, body: 'Iv8i' });
});

test.each<[string, unknown, number, string, string]>([
  ['an object', { a: 1 }, 200, 'application/json', '{"a":1}'],
  ['a string', 'plain', 200, 'application/json', 'plain'],
  ['nothing', null, 200, 'application/json', 'null'],
  ['a list', [1], 200, 'application/json', '[1]'],
  ['a status alone', { statusCode: 202 }, 202, 'text/plain; charset=utf-8', ''],
  ['a status as text', { statusCode: '201', body: 'x' }, 201, 'text/plain; charset=utf-8', 'x'],
  ['headers', { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: 'é' }, 200, 'text/html', 'é'],
  ['base64', { statusCode: 200, body: 'w6k=', isBase64Encoded: true }, 200, 'text/plain; charset=utf-8', 'é'],
  ['a body that is no text', { statusCode: 200, body: { a: 1 } }, 500, 'application/json', internalServerError()],
  ['a status that is none', { statusCode: 'ok', body: 'x' }, 500, 'application/json', internalServerError()],
])('converts the result %s', async (_, result, status, type, body) => {
  const base = await startApi(['GET /a'], async () => result);

  const response = await fetch(`${base}/a`);

  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe(type);
  expect(await response.text()).toBe(body);
});

test('sends headers and cookies', async () => {
  const base = await startApi(['GET /a'], async () => ({
    statusCode: 302,
    headers: { Location: '/b', 'X-Count': 3, 'Content-Length': '999' },
    cookies: ['a=1; HttpOnly', 'b=2'],
  }));

  const response = await fetch(`${base}/a`, { redirect: 'manual' });

  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe('/b');
  expect(response.headers.get('x-count')).toBe('3');
  expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
  expect(response.headers.get('apigw-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test.each<[string, Error, number, string]>([
  [
    'a function error',
    new FunctionError({ errorType: 'E', errorMessage: 'secret', trace: [] }),
    500,
    internalServerError(),
  ],
  ['a throttle', new InvocationRefused('TooManyRequestsException', 'no'), 503, '{"message":"Service Unavailable"}'],
  ['an event over 6 MB', new InvocationRefused('RequestTooLargeException', 'no'), 413, entityTooLarge()],
  ['any other error', new Error('bug'), 500, internalServerError()],
])('responds to %s like API Gateway', async (_, error, status, body) => {
  const base = await startApi(['GET /a'], async () => {
    throw error;
  });

  const response = await fetch(`${base}/a`);

  expect([response.status, await response.text()]).toEqual([status, body]);
});

test('responds with 404 to unknown routes and with 400 to undecodable paths', async () => {
  const base = await startApi(['GET /a'], async () => 'a');

  const answers = await Promise.all(
    ['/b', '/a/b', '/%E0%A4%A'].map(async (path) => {
      const response = await fetch(base + path);
      return [response.status, await response.text()];
    }),
  );
  const posted = await fetch(`${base}/a`, { method: 'POST', body: 'x'.repeat(100_000) });

  const notFound = [404, '{"message":"Not Found"}'];
  expect(answers).toEqual([notFound, notFound, [400, '{"message":"Bad Request"}']]);
  expect(posted.status).toBe(404);
});

test('responds with 503 if a function exceeds the integration timeout', async () => {
  const base = await startApi(['GET /a'], () => new Promise(() => {}), { timeoutMs: 20 });

  const response = await fetch(`${base}/a`);

  expect([response.status, await response.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
});

/** Starts an API with a function of one environment that runs until `finish` is called. */
async function startBusyApi(timeoutMs?: number) {
  const file = join(temporaryFolder(), 'finish');
  const { fn } = await startFunction(
    `import { existsSync } from 'node:fs';
     import { setTimeout } from 'node:timers/promises';
     export const handler = async () => { while (!existsSync('${file}')) await setTimeout(5); return 'done'; };`,
    { maximumEnvironments: 1 },
  );
  const logged: LogEntry[] = [];
  const base = await startApi(['GET /a'], (event, invocation) => fn.invoke(event, invocation), {
    log: (entry) => logged.push(entry),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const events = () => logged.map(({ text }) => JSON.parse(text) as unknown);
  return { fn, base, events, finish: () => writeFile(file, '') };
}

test('responds with 503 to a request that reaches no environment in time, and never runs it', async () => {
  const { fn, base, events, finish } = await startBusyApi(20);
  const running = fn.invoke({});

  const response = await fetch(`${base}/a?token=secret`);

  expect([response.status, await response.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
  expect(response.headers.get('retry-after')).toBe('1');
  const requestId = response.headers.get('apigw-requestid');
  expect(events()).toEqual([{ level: 'warn', message: 'request.timed_out', route: 'GET /a', requestId }]);
  await finish();
  expect(await Promise.all([running, fn.invoke({})])).toEqual(['done', 'done']);
  expect(fn.stats).toMatchObject({ invocations: 2, active: 0 });
});

test('never runs a request whose client disconnects before an environment is free', async () => {
  const { fn, base, events, finish } = await startBusyApi();
  const running = fn.invoke({});
  const client = new AbortController();
  const left = expect(fetch(`${base}/a`, { signal: client.signal })).rejects.toThrow();
  await waitForAssertion(() => expect(fn.stats.active).toBe(2));

  client.abort();

  await left;
  await waitForAssertion(() => expect(fn.stats.active).toBe(1));
  await waitForAssertion(() => expect(events()).toMatchObject([{ message: 'request.client_left', route: 'GET /a' }]));
  await finish();
  expect(await Promise.all([running, fn.invoke({})])).toEqual(['done', 'done']);
  expect(fn.stats.invocations).toBe(2);
});

test('responds with 503 to a running request after the timeout and lets it finish', async () => {
  const { fn, base, events, finish } = await startBusyApi(20);

  const response = await fetch(`${base}/a`);

  expect([response.status, response.headers.get('retry-after')]).toEqual([503, null]);
  expect(fn.stats.active).toBe(1);
  await finish();
  await waitForAssertion(() => expect(fn.stats).toMatchObject({ invocations: 1, errors: 0, active: 0, idle: 1 }));
  expect(events()).toEqual([]);
});

test('rejects a body over 10 MB', async () => {
  const invoke = vi.fn(async (event: unknown) => (event as APIGatewayProxyEventV2).body?.length);
  const base = await startApi(['POST /a'], invoke);
  const post = (bytes: number) =>
    fetch(`${base}/a`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(bytes) });

  const over = await post(10 * 1024 * 1024 + 1);
  const below = await post(10 * 1024 * 1024);

  expect([over.status, await over.text()]).toEqual([413, entityTooLarge()]);
  expect([below.status, await below.json()]).toEqual([200, 10 * 1024 * 1024]);
  expect(invoke).toHaveBeenCalledTimes(1);
});

test('runs the hook before routing', async () => {
  const base = await startApi(['GET /{path+}'], async () => 'route', {
    beforeRouting: (incoming, response) => {
      if (!incoming.url?.startsWith('/.issuer/')) return false;
      response.end('hook');
      return true;
    },
  });

  const texts = await Promise.all(['/.issuer/keys', '/jobs'].map(async (path) => (await fetch(base + path)).text()));

  expect(texts).toEqual(['hook', 'route']);
});

test('reports that its port is in use', async () => {
  const base = await startApi(['GET /a'], async () => 'a');
  const second = new HttpApi({ routes: [] });
  onTestFinished(() => second.stop());

  await expect(second.listen(Number(new URL(base).port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('responds with 500 if a real function returns over 6 MB', async () => {
  const { fn } = await startFunction(
    'export const handler = async ({ rawPath }) => ({ statusCode: 200, body: "x".repeat(Number(rawPath.slice(1))) });',
  );
  const base = await startApi(['GET /{size}'], (event) => fn.invoke(event));

  const [small, large] = await Promise.all([fetch(`${base}/5000000`), fetch(`${base}/7000000`)]);

  expect([small.status, (await small.text()).length]).toEqual([200, 5_000_000]);
  expect([large.status, await large.text()]).toEqual([500, internalServerError()]);
});

function internalServerError(): string {
  return '{"message":"Internal Server Error"}';
}

function entityTooLarge(): string {
  return '{"message":"Request Entity Too Large"}';
}
