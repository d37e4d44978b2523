import type { lookup as dnsLookup } from 'node:dns';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { send } from '../../../../../../functions/core/engine/notifications/delivery/send.ts';
import { FlowHttpClient } from '../../../../../../functions/core/executors/flow/http/flow-http-client.ts';
import { createAddressRule } from '../../../../../../functions/core/executors/http/public-address.ts';
import { runHttp } from '../../../../../../functions/core/executors/http/run-http.ts';
import { aDelivery } from '../../../../../helpers/builders/deliveries.ts';
import { anExecution, httpTarget } from '../../../../../helpers/builders/executions.ts';
import { httpContext } from '../../../../../helpers/builders/http-context.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';

/** No part of the platform connects to an address that is not public. */

const publicOnly = createAddressRule([]);

/** Counts connections on both loopback addresses. */
let connections = 0;
let listeners: readonly Server[];
let port: number;

beforeAll(async () => {
  const count = () =>
    createServer((socket) => {
      connections++;
      socket.destroy();
    });
  const [first, second] = [count(), count()];
  const listen = (server: Server, at: number, host: string) =>
    new Promise<void>((resolve, reject) => server.once('error', reject).listen(at, host, () => resolve()));
  await listen(first, 0, '127.0.0.1');
  port = (first.address() as AddressInfo).port;
  // A machine without IPv6 has no address that could be reached by IPv6.
  const both = await listen(second, port, '::1').then(
    () => true,
    () => false,
  );
  listeners = both ? [first, second] : [first];
});
afterAll(() => Promise.all(listeners.map((server) => new Promise((resolve) => server.close(resolve)))));
beforeEach(() => {
  connections = 0;
});

interface Asked {
  readonly url: string;
  readonly lookup?: typeof dnsLookup;
  readonly mayConnect?: typeof publicOnly;
}

/** All code that sends requests to tenants' URLs. Each function returns the error message. */
const senders: Readonly<Record<string, (asked: Asked) => Promise<string>>> = {
  async 'an HTTP job'({ url, lookup, mayConnect = publicOnly }) {
    const target = httpTarget(url);
    const outcome = await runHttp(target, anExecution(target), {
      mayConnect,
      signingSecrets: [],
      ...(lookup && { lookup }),
    });
    return outcome.message ?? outcome.status;
  },
  async 'a flow'({ url, lookup, mayConnect = publicOnly }) {
    using http = new FlowHttpClient('source_1', httpContext({ mayConnect }), { ...(lookup && { lookup }) });
    const request = { url, method: 'GET', headers: {}, platformHeaders: {}, body: null };
    const signal = new AbortController().signal;
    const taken = http.send(request, signal, async ({ statusCode }) => `HTTP ${statusCode}`);
    // Awaited here, because the client is disposed on return.
    return await taken.catch((error: Error) => error.message);
  },
  async 'a notification'({ url, lookup, mayConnect = publicOnly }) {
    const verdict = await send(aDelivery({ destination: url }), {
      mayConnect,
      signingSecrets: { valid: async () => [] },
      secret: async () => undefined,
      slackApiUrl: 'https://slack.test',
      pagerDutyUrl: 'https://pagerduty.test',
      plainHttp: false,
      consoleUrl: '',
      now: Date.now,
      ...(lookup && { lookup }),
    });
    return 'error' in verdict ? verdict.error : verdict.kind;
  },
};

const HOSTS = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '0',
  '0.0.0.0',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '１２７.０.０.１',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  'localhost',
  'LOCALHOST.',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '169.254.169.254',
  '169.254.170.2',
  '2852039166',
  '0xa9fea9fe',
  '[::ffff:a9fe:a9fe]',
  '10.0.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '100.64.0.1',
];

/** Returns a resolver that yields these answers in turn, and the last one from then on. */
function answering(...answers: readonly (readonly string[])[]): typeof dnsLookup & { asked: number } {
  const lookup = Object.assign(
    (_: string, __: object, callback: (error: null, found: object[]) => void) => {
      const addresses = answers[Math.min(lookup.asked, answers.length - 1)] ?? [];
      lookup.asked += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
    { asked: 0 },
  );
  return lookup as unknown as typeof dnsLookup & { asked: number };
}

describe.each(Object.entries(senders))('%s', (_, ask) => {
  test.each(HOSTS)('makes no connection to %s', async (host) => {
    for (const scheme of ['http', 'https']) {
      // The name may also fail to resolve here.
      expect(await ask({ url: `${scheme}://${host}:${port}/latest/meta-data/` })).toMatch(
        /connections are allowed to public addresses only|ENOTFOUND|EAI_AGAIN|Invalid URL/,
      );
    }
    expect(connections).toBe(0);
  });

  test.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'unix:/var/run/x.sock', 'http:///', 'javascript:0'])(
    'refuses %s as a URL',
    async (url) => {
      expect(await ask({ url })).toMatch(/url: must be http or https|Invalid URL|is not a destination/);
    },
  );

  test('does not follow a redirect', async () => {
    const location = `http://127.0.0.1:${port}/latest/meta-data/`;
    const redirecting = await startHttpServer((_request, response) => response.writeHead(302, { location }).end());
    const only = (address: string) => address === '127.0.0.1';

    expect(await ask({ url: `${redirecting.url}/`, mayConnect: only })).toMatch(/^HTTP 302|HTTP 302/);

    expect(redirecting.received).toHaveLength(1);
    expect(connections).toBe(0);
    await redirecting.close();
  });
});

describe.each(Object.entries(senders))('%s, by name', (_, ask) => {
  test.each([['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['64:ff9b::7f00:1'], ['10.0.0.1', '127.0.0.1']])(
    'makes no connection through a name that resolves to %s',
    async (...addresses) => {
      const lookup = answering(addresses);

      expect(await ask({ url: `http://rebound.test:${port}/`, lookup })).toContain('public addresses only');

      expect(connections).toBe(0);
      expect(lookup.asked).toBe(1);
    },
  );

  test('resolves a name once and connects to the checked address', async () => {
    // The first answer is permitted and leads to a closed port; the second would lead to an open one.
    const passes = (address: string) => address === '127.0.0.9';
    const lookup = answering(['127.0.0.9'], ['127.0.0.1']);

    expect(await ask({ url: `http://rebound.test:${port}/`, lookup, mayConnect: passes })).toContain('ECONNREFUSED');

    expect(connections).toBe(0);
    expect(lookup.asked).toBe(1);
  });
});
