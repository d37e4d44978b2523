import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../../functions/api/http/route.ts';
import { surfaces } from '../../../functions/api/surfaces.ts';
import { forEachConcurrent } from '../../../functions/core/platform/for-each-concurrent.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import type { TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

/** Part of everything that acme has, and of nothing that another tenant may see. */
const MARK = 'acme-only-4711';
/** Each concurrent request needs an execution environment of its own, whose start takes longer than many requests. */
const CONCURRENCY = 2;
/**
 * Sampling rate: each route is tested with every sixth trick, offset by route. `JOBDECK_ABUSE_ALL` tests all
 * combinations.
 */
const SAMPLE_RATE = process.env.JOBDECK_ABUSE_ALL === undefined ? 6 : 1;

interface RawRequest {
  readonly method: string;
  /** Sent without normalization. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

type SurfaceRoute = Route & { readonly surface: string };

const routes: readonly SurfaceRoute[] = surfaces.flatMap(({ name, routes: own }) =>
  own.map((route): SurfaceRoute => ({ ...route, surface: name })),
);
const guarded = routes.filter(({ action }) => action !== 'public');
const owned = guarded.filter(({ path }) => path.includes('{'));
const onePerSurface = surfaces.map(({ name }) => guarded.find(({ surface }) => surface === name) ?? neverHappens());

/** Returns the routes to test with a trick. */
const sampleRoutes = (all: readonly SurfaceRoute[], trick: number) =>
  all.filter((_, i) => (i + trick) % SAMPLE_RATE === 0);

function neverHappens(): never {
  throw new Error('a surface has no route that is guarded');
}

let system: TestSystem;
let acme: ApiClient;
/** A client with all roles in its own tenant. */
let otherTenant: ApiClient;
/** A cursor of acme and the list it belongs to. */
let cursor: { readonly path: string; readonly value: string };
let before: unknown;

beforeAll(async () => {
  system = await shareTestSystem();
  acme = await system.as('acme');
  otherTenant = await system.as('globex', ['OWNER', 'ADMIN', 'system_admin']);
  await acme.post('/jobs', { id: 'payroll', name: MARK, script: 'echo', args: [MARK], description: MARK });
  await acme.post('/jobs/payroll/run');
  await acme.put(`/v1/secrets/${MARK}`, { value: `${MARK}-value` });
  await acme.post('/v1/api-keys', { name: MARK, roles: ['MEMBER'] });
  await acme.post('/hooks', { job: 'payroll', description: MARK });
  await acme.put('/v1/notifications', { on_failure: null, on_success: null });
  const failing = { id: 'fails', type: 'map', to: `$error("${MARK}")` };
  const flow = {
    sources: [{ type: 'inline', records: [MARK, MARK, MARK] }],
    transforms: [failing],
    sinks: [{ type: 'preview' }],
  };
  await acme.post('/v1/flows', { id: 'ledger', name: MARK, flow });
  const { body: job } = await acme.post<{ _id: string }>('/v1/flows/ledger/run');
  await waitUntil(async () => (await acme.get(`/v1/jobs/${job._id}`)).body.status === 'completed');
  const list = `/v1/jobs/${job._id}/joberrors?limit=1`;
  const { headers } = await acme.get(list);
  cursor = { path: list, value: /[?&]cursor=([^&>]+)/.exec(headers.get('link') ?? '')?.[1] ?? '' };
  before = await all();
});
afterAll(() => system.stop());

/** Returns everything that acme has, except for what changes with every request. */
async function all(): Promise<unknown> {
  const paths = [
    '/jobs',
    '/v1/flows',
    '/v1/jobs',
    '/jobs/payroll/runs',
    '/v1/api-keys',
    '/v1/secrets',
    '/signing-secret',
    '/hooks',
  ];
  return Promise.all(paths.map(async (path) => (await acme.get(path)).body));
}

/** Sends a request unchanged: `fetch` would normalize its path. */
function send(
  { method, path, headers = {}, body }: RawRequest,
  token: string | null = otherTenant.token,
): Promise<RawResponse> {
  const { hostname, port } = new URL(system.url);
  return new Promise((resolve, reject) => {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const tenant = path.startsWith('/api/v1/admin') ? { 'x-tenantid': 'globex' } : {};
    // Node omits the length for methods that usually have no body.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...authorization, ...tenant, ...headers, ...length };
    // The server may close a kept connection just when it is reused.
    const outgoing = httpRequest({ hostname, port, method, path, headers: all, agent: false });
    outgoing.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
    });
    outgoing.end(body);
  });
}

/** Asserts what must hold for every response. */
function expectHarmless({ status, headers, text }: RawResponse, sent: RawRequest): void {
  const said = `${sent.method} ${sent.path.slice(0, 200)} → ${status} ${text.slice(0, 300)}`;
  expect(status, said).toBeLessThan(500);
  expect(text, said).not.toContain(MARK);
  expect(text, said).not.toMatch(/ {4}at |node_modules|node:internal/);
  expect(headers, said).not.toHaveProperty('x-injected');
}

/** Returns the route's path with this segment, unencoded, in place of each id. */
const filled = (route: Route, segment: string) => route.path.replaceAll(/\{[^}]+\}/g, () => segment);

describe('forged tokens', () => {
  let issuerKey: KeyObject;
  let kid: string;
  const otherKey = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

  beforeAll(async () => {
    issuerKey = createPrivateKey(readFileSync(join(system.dataDir, 'issuer.key')));
    kid = await calculateJwkThumbprint(await exportJWK(createPublicKey(issuerKey)));
  });

  interface TokenParts {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly header?: Readonly<Record<string, unknown>>;
    readonly key?: KeyObject | Uint8Array;
  }

  /** Signs a token like the issuer's, with the given differences. */
  async function signToken({ claims = {}, header = {}, key = issuerKey }: TokenParts): Promise<string> {
    const now = Math.floor(system.clock.now() / 1_000);
    const good = { 'custom:tenant': 'acme', 'cognito:groups': ['OWNER'], iat: now, exp: now + 600 };
    const whole = { iss: `${system.url}/.issuer`, aud: 'jobdeck-local', sub: 'mallory', ...good, ...claims };
    return new SignJWT(whole).setProtectedHeader({ alg: 'RS256', kid, ...header } as never).sign(key);
  }

  const forgeries: Readonly<Record<string, () => Promise<string>>> = {
    expired: () => signToken({ claims: { exp: 1 } }),
    'not valid yet': () => signToken({ claims: { nbf: Math.floor(system.clock.now() / 1_000) + 3_600 } }),
    'of another issuer': () => signToken({ claims: { iss: 'https://issuer.test' } }),
    'for another audience': () => signToken({ claims: { aud: 'somebody-else' } }),
    'for nobody': () => signToken({ claims: { aud: undefined } }),
    'without an end': () => signToken({ claims: { exp: undefined } }),
    'of no tenant': () => signToken({ claims: { 'custom:tenant': undefined } }),
    'of a tenant that is more than one': () => signToken({ claims: { 'custom:tenant': ['acme', 'globex'] } }),
    'of a tenant that is a key': () => signToken({ claims: { 'custom:tenant': 'globex#../acme' } }),
    'signed with another key': () => signToken({ key: otherKey }),
    'signed with a key that it brings': async () =>
      signToken({ key: otherKey, header: { jwk: await exportJWK(createPublicKey(otherKey)) } }),
    'signed with a key that nobody has': () => signToken({ header: { kid: "x' OR 1=1" } }),
    'signed with the public key as a secret': async () => {
      const pem = createPublicKey(issuerKey).export({ type: 'spki', format: 'pem' });
      return signToken({ header: { alg: 'HS256' }, key: Buffer.from(pem) });
    },
    'not signed': async () => new UnsecuredJWT({ 'custom:tenant': 'acme' }).setExpirationTime('1h').encode(),
    'without its signature': async () => (await signToken({})).replace(/[^.]+$/, ''),
    'of another’s claims': async () => {
      const [head, , signature] = (await signToken({ claims: { 'custom:tenant': 'globex' } })).split('.');
      const [, claims] = (await signToken({})).split('.');
      return [head, claims, signature].join('.');
    },
    'an API key of nobody': async () => `jk_acme.01JNXA3V5T9YV0Q2Z6W8M4R7B1.${'A'.repeat(43)}.1.${'A'.repeat(43)}`,
    'a thing': async () => '{}',
  };
  const names = Object.keys(forgeries);

  test('would pass if nothing was wrong with them', async () => {
    const sent = { method: 'GET', path: '/jobs' };
    expect((await send(sent, await signToken({}))).text).toContain(MARK);
  });

  test.each(names)('fail on every surface: %s', async (name) => {
    const token = (await forgeries[name]?.()) ?? '';
    for (const route of onePerSurface) {
      const sent = { method: route.method, path: filled(route, 'payroll') };
      const got = await send(sent, token);
      expectHarmless(got, sent);
      expect(got).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    }
  });

  test('fail on every route', async () => {
    const tokens = await Promise.all(Object.values(forgeries).map((forge) => forge()));
    const cases = guarded.flatMap((route, i) =>
      [0, 1].map((n) => ({ route, token: tokens[(2 * i + n) % tokens.length] })),
    );
    await forEachConcurrent(CONCURRENCY, cases, async ({ route, token = '' }) => {
      const sent = { method: route.method, path: filled(route, 'payroll') };
      const got = await send(sent, token);
      expectHarmless(got, sent);
      expect(got.status, sent.path).toBe(401);
    });
  });
});

describe('manipulated paths', () => {
  const tricks: readonly (readonly [string, string])[] = [
    ['a step up', '..'],
    ['a step up, encoded', '%2e%2e'],
    ['a step up, encoded twice', '%252e%252e%252fpayroll'],
    ['a slash, encoded', '..%2f..%2fpayroll'],
    ['a backslash', '..%5c..%5cpayroll'],
    ['a NUL', 'payroll%00'],
    ['a line break', 'payroll%0d%0ax-injected:%201'],
    ['an escape sequence', '%1b[2J%1b]0;title%07'],
    ['no UTF-8', '%ff%fe'],
    ['half a character', '%ed%a0%80'],
    ['look-alikes', 'pa%D1%83roll%E2%80%AE'],
    ['a key of another tenant', 'acme%23payroll'],
    ['a wildcard', '*'],
    ['a property of every object', '__proto__'],
    ['another', 'constructor'],
    ['a template', '{id}'],
    ['four thousand characters', 'a'.repeat(4_000)],
    ['an empty one', ''],
    ['a parameter of its own', 'payroll;tenant=acme'],
    ['a question', '%3ftenant=acme'],
  ];

  test.each(tricks.map((trick, i) => [...trick, i] as const))('find nothing: %s', async (_, segment, i) => {
    await forEachConcurrent(CONCURRENCY, sampleRoutes(owned, i), async (route) => {
      const sent = { method: route.method, path: filled(route, segment) };
      const got = await send(sent);
      expectHarmless(got, sent);
    });
  });
});

describe('invalid bodies', () => {
  const json = { 'content-type': 'application/json' };
  const bodies: readonly (readonly [string, Omit<RawRequest, 'method' | 'path'>])[] = [
    ['no JSON', { headers: json, body: 'nonsense' }],
    ['half of one', { headers: json, body: '{"id":' }],
    ['a list', { headers: json, body: '[{}]' }],
    ['a text', { headers: json, body: '"id"' }],
    ['null', { headers: json, body: 'null' }],
    ['no UTF-8', { headers: json, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) }],
    ['with a prototype', { headers: json, body: '{"__proto__":{"roles":["OWNER"]}}' }],
    ['with a stranger', { headers: json, body: '{"no_such_field\\u0000":1}' }],
    ['too deep', { headers: json, body: `{"id":${'['.repeat(100_000)}` }],
    ['too large', { headers: json, body: JSON.stringify({ id: 'x'.repeat(300_000) }) }],
    ['text by its type', { headers: { 'content-type': 'text/plain' }, body: '{}' }],
    ['a form by its type', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'id=1' }],
    ['parts by its type', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' }],
    ['compressed, it says', { headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' }],
  ];
  /** The operation that accepts any object and reports its faults. */
  const tolerant = 'validatePipeline';

  test.each(bodies.map((body, i) => [...body, i] as const))('fail on the routes: %s', async (name, sent, i) => {
    const taking = guarded.filter(({ method }) => method !== 'GET');
    await forEachConcurrent(CONCURRENCY, sampleRoutes(taking, i), async (route) => {
      const whole = { method: route.method, path: filled(route, 'payroll'), ...sent };
      const got = await send(whole);
      expectHarmless(got, whole);
      const isAnswered = route.operation === tolerant && name === 'with a stranger' && got.status === 200;
      // Only a super_admin may set limits.
      const isForbidden = route.action === 'limits' && got.status === 403;
      if (!isAnswered && !isForbidden)
        expect([400, 413], `${whole.method} ${whole.path} ${got.text}`).toContain(got.status);
    });
  });

  test('fail if they are larger than the gateway allows', async () => {
    const got = await send({ method: 'POST', path: '/jobs', headers: json, body: Buffer.alloc(11_000_000, ' ') });
    expect(got.status).toBe(413);
  });
});

describe('cursors', () => {
  test('find nothing if they belong to another tenant', async () => {
    expect(cursor.value).toMatch(/^[\w-]+\.[\w-]{43}$/);
    await otherTenant.post('/v1/flows', {
      id: 'own',
      name: 'Own',
      flow: { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] },
    });
    const { body: job } = await otherTenant.post<{ _id: string }>('/v1/flows/own/run');
    const paths = [`/v1/jobs/${job._id}/joberrors?limit=1`, '/v1/jobs?', `${cursor.path}`];
    for (const path of paths) {
      const sent = { method: 'GET', path: `${path}&cursor=${cursor.value}` };
      const got = await send(sent);
      expectHarmless(got, sent);
      expect([400, 404]).toContain(got.status);
    }
  });

  test('fail for their owner if they were modified', async () => {
    const { value, path } = cursor;
    const [place = '', signature = ''] = value.split('.');
    const flipped = [0, 5, value.length - 1].map((i) => {
      const other = value[i] === 'A' ? 'B' : 'A';
      return value.slice(0, i) + other + value.slice(i + 1);
    });
    const moved = `${Buffer.from('fails.0.0.99').toString('base64url')}.${signature}`;
    for (const bad of [...flipped, moved, place, `${place}.`, `.${signature}`, '%00', 'x'.repeat(5_000)]) {
      const sent = { method: 'GET', path: `${path}&cursor=${bad}` };
      expect((await send(sent, acme.token)).status, bad.slice(0, 80)).toBe(400);
    }
    expect((await send({ method: 'GET', path: `${path}&cursor=${value}` }, acme.token)).status).toBe(200);
  });

  test.each([
    '/jobs/payroll/runs?before=',
    '/failures?before=',
    '/v1/notifications/deliveries?before=',
    '/audit?before=',
  ])('fail if they are invented: %s', async (path) => {
    await otherTenant.post('/jobs', { id: 'payroll', name: 'Ours', script: 'echo' });
    for (const value of [
      '%00',
      '..%2f',
      'x'.repeat(2_000),
      '2026-13-45T00:00:00Z',
      `payroll.a1b2c3.${'0'.repeat(26)}`,
    ]) {
      const sent = { method: 'GET', path: `${path}${value}` };
      const got = await send(sent);
      expectHarmless(got, sent);
      expect(got.status, `${sent.path} ${got.text}`).toBe(400);
    }
    await otherTenant.delete('/jobs/payroll');
  });
});

describe('headers', () => {
  test('add no second header if they contain a line break', async () => {
    const { hostname, port } = new URL(system.url);
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        let got = '';
        const socket = connect(Number(port), hostname, () => socket.end(text));
        socket.on('data', (chunk) => (got += String(chunk)));
        socket.on('error', reject).on('close', () => resolve(got));
      });
    const head = `GET /jobs HTTP/1.1\r\nhost: api\r\nconnection: close\r\n`;
    for (const bad of ['x-tenantid: glo\nbex', 'x-tenantid: globex\0', 'x-tenantid : globex', 'x tenantid: globex']) {
      expect(await raw(`${head}authorization: Bearer ${otherTenant.token}\r\n${bad}\r\n\r\n`), bad).toMatch(
        /^HTTP\/1\.1 400 /,
      );
    }
    // Two lengths, of which two servers might each use another one.
    const smuggled = 'content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /jobs HTTP/1.1\r\n\r\n';
    expect(await raw(head.replace('GET', 'POST') + smuggled)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('do not bypass the tenant if they occur twice', async () => {
    for (const name of ['x-tenantid', 'x-organization-id']) {
      for (const value of ['globex, acme', 'acme,globex', 'GLOBEX', 'globex ,', '']) {
        const sent = { method: 'GET', path: '/jobs', headers: { [name]: value } };
        const got = await send(sent);
        expectHarmless(got, sent);
        expect(got.status, `${name}: ${value}`).toBe(403);
      }
    }
  });

  test('contain nothing of the request in a response', async () => {
    const id = 'header-probe';
    const injected = 'a\r\nx-injected: 1';
    expect(await otherTenant.post('/jobs', { id, name: injected, script: 'echo' })).toMatchObject({ status: 400 });
    const job = { id, name: id, script: 'echo', args: [injected], description: `${injected} \u001b[31m` };
    expect(await otherTenant.post('/jobs', job)).toMatchObject({ status: 201 });
    const sent = {
      method: 'POST',
      path: `/jobs/${id}/run`,
      headers: { prefer: 'respond-async, x="a\tb"', 'x-request-id': 'mine', 'idempotency-key': 'k' },
    };
    const got = await send(sent);
    expectHarmless(got, sent);
    expect(got.headers['preference-applied']).toBe('respond-async');
    expect(got.headers['x-request-id']).not.toBe('mine');
    const bad = { method: 'POST', path: `/jobs/${id}/run`, headers: { 'idempotency-key': 'caf\u00e9' } };
    expect((await send(bad)).status).toBe(400);
  });
});

describe('queries', () => {
  test('fail on every route if they have unknown parameters', async () => {
    await forEachConcurrent(CONCURRENCY, guarded, async (route) => {
      const sent = { method: route.method, path: `${filled(route, 'payroll')}?tenant=acme&__proto__=x` };
      const got = await send(sent);
      expectHarmless(got, sent);
      expect([400, 403], `${sent.method} ${sent.path} ${got.text}`).toContain(got.status);
    });
  });
});

test('leaves acme’s data unchanged after all tricks', async () => {
  expect(await all()).toEqual(before);
});

test('logs only JSON objects without tokens, secrets and bodies', async () => {
  const name = 'line\n{"level":"INFO","message":"forged"}\r\u001b[2J\u2028end';
  await otherTenant.post('/jobs', { id: 'logged', name, script: 'fail', description: name, tags: ['\u0007bell'] });
  await otherTenant.post('/jobs/logged/run');
  await send({ method: 'GET', path: `/jobs/${encodeURIComponent(name)}`, headers: { 'user-agent': 'x\u00ff' } });
  await send({ method: 'DELETE', path: `/v1/api-keys/${encodeURIComponent(name)}` });
  const lines = system.logs.filter(({ functionName }) => functionName.startsWith('jobdeck-')).map(({ text }) => text);

  expect(lines.length).toBeGreaterThan(500);
  for (const line of lines) {
    expect(JSON.parse(line), line).toBeTypeOf('object');
    // A terminal would interpret control characters.
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(line).not.toContain('"message":"forged"');
  }
  const whole = lines.join('\n');
  for (const secret of [otherTenant.token, acme.token, `${MARK}-value`, acme.token.split('.')[2] ?? '']) {
    expect(whole.includes(secret)).toBe(false);
  }
  // Names and descriptions are part of request bodies.
  expect(whole).not.toContain(MARK);
});
