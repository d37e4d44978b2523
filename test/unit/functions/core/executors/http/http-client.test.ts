import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  HttpClient,
  InvalidRequestError,
  type OutgoingRequest,
} from '../../../../../../functions/core/executors/http/http-client.ts';
import { createAddressRule } from '../../../../../../functions/core/executors/http/public-address.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';

let respond: RequestListener;
let sockets: Set<Socket>;
let server: Awaited<ReturnType<typeof startHttpServer>>;

beforeEach(async () => {
  sockets = new Set();
  respond = (_, response) => response.end('done');
  server = await startHttpServer((request, response) => {
    sockets.add(request.socket);
    respond(request, response);
  });
});

afterEach(() => server.close());

const local = createAddressRule(['127.0.0.0/8']);
const never = new AbortController().signal;

function get(request: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { url: server.url, method: 'GET', headers: {}, platformHeaders: {}, body: null, ...request };
}

async function read(client: HttpClient, request = get()): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of (await client.send(request, never)).setEncoding('utf8')) chunks.push(chunk as string);
  return chunks.join('');
}

it('keeps connections only with keepAlive', async () => {
  using keeping = new HttpClient({ mayConnect: local, keepAlive: true });
  using single = new HttpClient({ mayConnect: local });

  for (let i = 0; i < 3; i++) await read(keeping);
  expect(sockets.size).toBe(1);
  for (let i = 0; i < 3; i++) await read(single);
  expect(sockets.size).toBe(4);
});

it('checks each kept connection when it is made', async () => {
  let allowed = true;
  const seen: string[] = [];
  const mayConnect = (address: string): boolean => {
    seen.push(address);
    return allowed;
  };
  using client = new HttpClient({ mayConnect, keepAlive: true });
  await read(client);
  // One check of the address in the URL, and one of the connection.
  expect(seen).toEqual(['127.0.0.1', '127.0.0.1']);

  allowed = false;
  await expect(read(client)).rejects.toThrow('connections are allowed to public addresses only, not 127.0.0.1');
  expect(server.received).toHaveLength(1);
});

it('checks a secure connection before any data is sent', async () => {
  const seen: string[] = [];
  // The address in the URL passes, the connection does not.
  using client = new HttpClient({ mayConnect: (address) => seen.push(address) === 1, keepAlive: true });

  await expect(read(client, get({ url: server.url.replace('http:', 'https:') }))).rejects.toThrow(
    'connections are allowed to public addresses only, not 127.0.0.1',
  );
  expect(seen).toEqual(['127.0.0.1', '127.0.0.1']);
});

it('closes kept connections when it is disposed', async () => {
  const client = new HttpClient({ mayConnect: local, keepAlive: true });
  await read(client);
  const closed = new Promise((resolve) => [...sockets][0]?.once('close', resolve));

  client[Symbol.dispose]();

  await closed;
});

it('shares no connection with another client', async () => {
  using first = new HttpClient({ mayConnect: local, keepAlive: true });
  using second = new HttpClient({ mayConnect: local, keepAlive: true });

  await read(first);
  await read(second);

  expect(sockets.size).toBe(2);
});

it('reports an error for a connection that is closed without a response', async () => {
  using client = new HttpClient({ mayConnect: local });
  respond = (request) =>
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');

  await expect(read(client)).rejects.toThrow('the connection was closed without a response');
});

it('rejects an invalid request without sending it', async () => {
  using client = new HttpClient({ mayConnect: local });

  await expect(read(client, get({ headers: { 'x y': 'z' } }))).rejects.toBeInstanceOf(InvalidRequestError);
  await expect(read(client, get({ headers: { x: 'secret\n' } }))).rejects.toThrow(/^((?!secret).)*$/);
  await expect(read(client, get({ url: 'ftp://127.0.0.1/' }))).rejects.toBeInstanceOf(InvalidRequestError);
  expect(server.received).toEqual([]);
});

it('overrides a tenant’s headers with the platform’s', async () => {
  using client = new HttpClient({ mayConnect: local });
  const headers = { 'Idempotency-Key': 'forged', 'Content-Length': '1', Trace: 'a', 'Content-Type': 'text/plain' };

  await read(
    client,
    get({ method: 'POST', headers, platformHeaders: { 'idempotency-key': 'k', trace: 'b' }, body: 'höre' }),
  );

  expect(server.received[0]).toMatchObject({
    body: 'höre',
    headers: { 'idempotency-key': 'k', trace: 'b', 'content-length': '5', 'content-type': 'text/plain' },
  });
});
