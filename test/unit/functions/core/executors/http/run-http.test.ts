import { createHmac } from 'node:crypto';
import type { lookup as dnsLookup } from 'node:dns';
import type { RequestListener } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpTarget } from '../../../../../../functions/core/domain/job.ts';
import type { Execution } from '../../../../../../functions/core/executors/execution.ts';
import { createAddressRule } from '../../../../../../functions/core/executors/http/public-address.ts';
import { type HttpOptions, runHttp } from '../../../../../../functions/core/executors/http/run-http.ts';
import { HEAD_BYTES } from '../../../../../../functions/core/executors/output/output.ts';
import { anExecution, httpTarget } from '../../../../../helpers/builders/executions.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';
import { waitForAssertion } from '../../../../../helpers/wait.ts';

const SECRET = `whsec_${Buffer.from('a key of twenty-four byt').toString('base64')}`;
const local = createAddressRule(['127.0.0.0/8']);
const publicOnly = createAddressRule([]);

let respond: RequestListener;
let server: Awaited<ReturnType<typeof startHttpServer>>;

beforeEach(async () => {
  respond = (_, response) => response.end('done\n');
  server = await startHttpServer((request, response) => respond(request, response));
});

afterEach(() => server.close());

interface Request {
  readonly target?: Partial<HttpTarget>;
  readonly execution?: Partial<Execution>;
  readonly options?: Partial<HttpOptions>;
}

function send(url: string, { target, execution, options }: Request = {}) {
  const whole = httpTarget(url, target);
  return runHttp(whole, anExecution(whole, execution), { mayConnect: local, signingSecrets: [SECRET], ...options });
}

/** Returns a resolver that maps every name to `addresses`. */
function resolving(...addresses: string[]): typeof dnsLookup {
  const lookup = (_name: string, _options: object, callback: (error: null, found: object[]) => void): void =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  return lookup as unknown as typeof dnsLookup;
}

describe('the request', () => {
  it('has the method, path, headers and body of the job', async () => {
    const outcome = await send(`${server.url}/hook?a=1`, {
      target: { method: 'POST', headers: { 'X-Shop': 'eu', 'Content-Type': 'text/plain' }, body: 'höre' },
    });

    expect(outcome).toMatchObject({ status: 'ok', exitCode: null, message: null, meta: { httpStatus: 200 } });
    expect(outcome.stdout.tail).toBe('done');
    expect(outcome.stderr.tail).toBe('');
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/hook?a=1',
        headers: { 'x-shop': 'eu', 'content-type': 'text/plain', 'content-length': '5', 'user-agent': 'Jobdeck/1' },
        body: 'höre',
      },
    ]);
  });

  it('has the query of the job unchanged', async () => {
    await send(`${server.url}/hook?a=b%20c,d~e&f=+g&%7E&empty=&`);

    expect(server.received[0]?.path).toBe('/hook?a=b%20c,d~e&f=+g&%7E&empty=&');
  });

  it('carries a Standard Webhooks signature with the run’s id for every attempt', async () => {
    const { runId } = anExecution(httpTarget(server.url));
    await send(server.url, { target: { method: 'POST', body: '{"a":1}' }, execution: { attempt: 2 } });

    const { headers, body } = server.received[0] ?? expect.fail('nothing was received');
    expect(headers['idempotency-key']).toBe(runId);
    expect(headers['webhook-id']).toBe(runId);
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
    const expected = createHmac('sha256', 'a key of twenty-four byt').update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
  });

  it('carries a signature of an empty body, and none without a secret', async () => {
    await send(server.url);
    await send(server.url, { options: { signingSecrets: [] } });

    const [signed, unsigned] = server.received;
    expect(signed?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(signed?.headers).not.toHaveProperty('content-type');
    expect(unsigned?.headers).not.toHaveProperty('webhook-signature');
    expect(unsigned?.headers).toHaveProperty('idempotency-key');
  });

  it('ignores a job’s values for the platform’s headers', async () => {
    await send(server.url, {
      target: {
        headers: { 'Webhook-Signature': 'v1,forged', 'IDEMPOTENCY-KEY': 'x', Host: 'bank.test', 'Content-Length': '9' },
      },
    });

    const { headers } = server.received[0] ?? expect.fail('nothing was received');
    expect(headers['webhook-signature']).not.toContain('forged');
    expect(headers['idempotency-key']).not.toBe('x');
    expect(headers.host).toBe(`127.0.0.1:${server.port}`);
  });
});

describe('the response', () => {
  it.each([
    [200, 'ok', null],
    [204, 'ok', null],
    [
      302,
      'error',
      /^HTTP 302 from http:\/\/127\.0\.0\.1:\d+\/hook: redirects are not followed \(to http:\/\/elsewhere\.test\/\)$/,
    ],
    [404, 'error', /^HTTP 404 from http:\/\/127\.0\.0\.1:\d+\/hook$/],
    [503, 'error', /^HTTP 503 from http:\/\/127\.0\.0\.1:\d+\/hook$/],
  ])('maps status %d to %s', async (status, expected, message) => {
    respond = (_, response) => response.writeHead(status, { location: 'http://elsewhere.test/' }).end('text');

    const outcome = await send(`${server.url}/hook?key=secret`);

    expect(outcome).toMatchObject({ status: expected, exitCode: null, meta: { httpStatus: status } });
    expect(outcome.message).toEqual(message && expect.stringMatching(message));
    expect(outcome.stderr.tail).toBe(outcome.message ?? '');
    expect(outcome.stdout.tail).toBe(status === 204 ? '' : 'text');
    expect(server.received).toHaveLength(1);
  });

  it.each([
    ['gzip', gzipSync('[{"id":1},{"id":2}]')],
    ['deflate', deflateSync('[{"id":1},{"id":2}]')],
    ['br', brotliCompressSync('[{"id":1},{"id":2}]')],
  ])('decodes a body that is compressed without being requested so: %s', async (coding, body) => {
    respond = (_, response) => response.writeHead(200, { 'content-encoding': coding }).end(body);

    const { status, stdout } = await send(server.url);

    expect(server.received[0]?.headers['accept-encoding']).toBe('identity');
    expect(status).toBe('ok');
    expect(stdout.tail).toBe('[{"id":1},{"id":2}]');
  });

  it.each([
    ['compress', "[Content-Encoding: must be one of gzip, x-gzip, deflate, br, zstd, got 'compress']"],
    ['gzip', '[the response cannot be decoded as gzip: incorrect header check]'],
  ])('replaces a body that cannot be decoded by a note and still succeeds: %s', async (coding, note) => {
    respond = (_, response) => response.writeHead(200, { 'content-encoding': coding }).end('bytes of some kind');

    expect(await send(server.url)).toMatchObject({ status: 'ok', message: null, stdout: { tail: note } });
  });

  it('stops decoding a decompression bomb at the size limit', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, 'x'));
    respond = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);

    const { status, stdout } = await send(server.url);

    expect(status).toBe('ok');
    expect(stdout.bytes).toBeLessThan(HEAD_BYTES * 2);
  });

  it.each([
    [429, '90', 90_000],
    [503, '7200', 3_600_000],
    [503, '0', 0],
    [429, 'soon', 0],
    [500, null, 0],
  ])('returns the retry delay of status %i with Retry-After %s', async (status, after, retryAfterMs) => {
    respond = (_, response) => response.writeHead(status, after === null ? {} : { 'retry-after': after }).end();

    expect(await send(server.url)).toMatchObject({ status: 'error', retryAfterMs });
  });

  it('returns the retry delay of a Retry-After date', async () => {
    const date = new Date(Date.now() + 600_000).toUTCString();
    respond = (_, response) => response.writeHead(429, { 'retry-after': date }).end();

    const { retryAfterMs = 0 } = await send(server.url);

    // The date has whole seconds, and the request takes time.
    expect(retryAfterMs).toBeGreaterThan(500_000);
    expect(retryAfterMs).toBeLessThanOrEqual(601_000);
  });

  it('closes an endless response at the size limit', async () => {
    respond = (_, response) => {
      const block = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(block));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    };

    const { status, stdout } = await send(server.url);

    expect(status).toBe('ok');
    expect(stdout.bytes).toBeLessThan(HEAD_BYTES * 2);
    expect(stdout.parts.at(-1)).toContain('[truncated:');
  });

  it('reports a timeout for a missing response and for an endless one', async () => {
    respond = () => {};
    const none = await send(server.url, { execution: { timeoutMs: 100 } });
    respond = (_, response) => response.write('half');
    const half = await send(server.url, { execution: { timeoutMs: 1_000 } });

    expect(none).toMatchObject({ status: 'timeout', exitCode: null, meta: null });
    expect(none.message).toMatch(/^timeout: no complete response from .* within 100 ms$/);
    expect(half).toMatchObject({ status: 'timeout', stdout: { tail: 'half' }, meta: { httpStatus: 200 } });
  });

  it('reports an error for a truncated response', async () => {
    respond = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };

    expect(await send(server.url)).toMatchObject({ status: 'error', stdout: { tail: 'half' } });
  });
});

describe('abort', () => {
  it('drops the request', async () => {
    const controller = new AbortController();
    const closed = vi.fn();
    respond = (request) => {
      request.socket.once('close', closed);
      controller.abort();
    };

    expect(await send(server.url, { execution: { signal: controller.signal } })).toMatchObject({ status: 'aborted' });
    await waitForAssertion(() => expect(closed).toHaveBeenCalled());
  });

  it('sends nothing after an abort before the start', async () => {
    expect(await send(server.url, { execution: { signal: AbortSignal.abort() } })).toMatchObject({ status: 'aborted' });
    expect(server.received).toEqual([]);
  });
});

describe('address rule', () => {
  it.each(['127.0.0.1', '2130706433', '0x7f.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '0.0.0.0'])(
    'refuses the address %s',
    async (host) => {
      const outcome = await send(`http://${host}:${server.port}/`, { options: { mayConnect: publicOnly } });

      expect(outcome).toMatchObject({ status: 'error', meta: null });
      expect(outcome.message).toContain('connections are allowed to public addresses only');
      expect(server.received).toEqual([]);
    },
  );

  it.each([['127.0.0.1'], ['10.0.0.1', '::ffff:127.0.0.1']])(
    'refuses a name that resolves to %s',
    async (...addresses) => {
      const outcome = await send(`http://rebound.test:${server.port}/`, {
        options: { mayConnect: publicOnly, lookup: resolving(...addresses) },
      });

      expect(outcome.message).toBe(
        `http://rebound.test:${server.port}/: connections are allowed to public addresses only, not ${addresses.join(', ')}`,
      );
      expect(server.received).toEqual([]);
    },
  );

  it('tries only the permitted addresses of a name', async () => {
    const outcome = await send(`http://mixed.test:${server.port}/`, {
      options: { lookup: resolving('10.0.0.1', '127.0.0.1') },
    });

    expect(outcome).toMatchObject({ status: 'ok' });
    expect(server.received[0]?.headers.host).toBe(`mixed.test:${server.port}`);
  });

  it('checks the address of the connection, whatever was resolved', async () => {
    const seen: string[] = [];
    const outcome = await send(`http://changing.test:${server.port}/`, {
      options: {
        lookup: resolving('127.0.0.1'),
        mayConnect: (address) => seen.push(address) === 1,
      },
    });

    expect(outcome.message).toContain('connections are allowed to public addresses only, not 127.0.0.1');
    expect(server.received).toEqual([]);
  });

  it('reports the cause if a name does not resolve and if a port is closed', async () => {
    const lookup = ((_: string, __: object, callback: (error: Error) => void) =>
      callback(new Error('getaddrinfo ENOTFOUND nowhere.test'))) as unknown as typeof dnsLookup;
    const { port } = server;
    await server.close();

    expect((await send('http://nowhere.test/', { options: { lookup } })).message).toBe(
      'http://nowhere.test/: getaddrinfo ENOTFOUND nowhere.test',
    );
    expect((await send(`http://127.0.0.1:${port}/`)).message).toContain('ECONNREFUSED');
  });

  it('reports an error if an https server does not speak TLS', async () => {
    const outcome = await send(`https://127.0.0.1:${server.port}/`);

    expect(outcome).toMatchObject({ status: 'error', meta: null });
    expect(outcome.message).toMatch(/SSL|EPROTO/);
    expect(server.received).toEqual([]);
  });

  it.each([
    ['file:///etc/passwd', 'url: must be http or https, got file://'],
    ['not a url', 'the URL: Invalid URL'],
  ])('refuses %s', async (url, message) => {
    expect((await send(url)).message).toContain(message);
  });
});
