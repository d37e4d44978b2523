import { describe, expect, it } from 'vitest';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { JobdeckError } from '../../../../../functions/core/domain/errors.ts';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { aRoute } from '../../../../helpers/builders/routes.ts';
import { type EventParts, invokeHandler } from '../../../../helpers/clients/handler.ts';
import { recordingLog } from '../../../../helpers/fakes/recording-log.ts';

interface Settings {
  readonly origins?: readonly string[];
  readonly tenant?: TenantId;
  readonly things?: readonly string[];
}

/** Creates a surface with a list of things that requires a token. */
function surface({ origins = [], tenant = acme, things = ['a', 'b'] }: Settings = {}) {
  const list = async () => ({ status: 200, body: { things }, headers: { link: '<x>; rel="next"' } });
  const create = async () => ({ status: 201, body: { ok: true } });
  const notFound = () => Promise.reject(new JobdeckError('not_found', 'thing.not_found', 'Thing not found'));
  const report = async () => ({ status: 200, body: { things } });
  const routes = [
    aRoute({ method: 'GET', path: '/things', operation: 'list', action: 'read', polled: true, handle: list }),
    aRoute({ method: 'POST', path: '/things', operation: 'create', action: 'define', handle: create }),
    aRoute({ method: 'GET', path: '/things/{id}', operation: 'get', action: 'read', handle: notFound }),
    aRoute({ method: 'DELETE', path: '/secrets', operation: 'create', action: 'define', handle: create }),
    aRoute({ method: 'GET', path: '/report', operation: 'report', action: 'read', handle: report }),
  ];
  const handler = createSurfaceHandler({
    routes,
    dependencies: () => ({}),
    errors: runnerErrors,
    verify: async () => ({ tenant, roles: ['OWNER'], name: 'ana@acme.test' }),
    log: recordingLog(),
    origins,
  });
  const token = { authorization: 'Bearer a.b.c' };
  return {
    ask: (method: string, path: string, headers: Record<string, string> = {}, parts: EventParts = {}) => {
      const isRoute = routes.some((route) => route.method === method && route.path === path);
      const routeKey = `${isRoute ? method : 'ANY'} ${path}`;
      return invokeHandler(handler, { routeKey, method, headers: { ...token, ...headers }, ...parts });
    },
    anonymously: (method: string, path: string, headers: Record<string, string> = {}) =>
      invokeHandler(handler, { routeKey: `ANY ${path}`, method, headers }),
  };
}

describe('HEAD', () => {
  it('returns the headers of GET without the body', async () => {
    const { ask } = surface();

    const { body, ...get } = await ask('GET', '/things');
    const { body: none, ...head } = await ask('HEAD', '/things');

    expect(body).toEqual({ things: ['a', 'b'] });
    expect(none).toBeUndefined();
    expect(head).toEqual(get);
    expect(head).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  });

  it('returns errors without a body, and requires a token as GET does', async () => {
    const { ask, anonymously } = surface();

    expect(await ask('HEAD', '/things/{id}')).toMatchObject({ status: 404, body: undefined });
    expect(await anonymously('HEAD', '/things')).toMatchObject({ status: 401, body: undefined });
  });
});

describe('a request with an unsupported method', () => {
  it('receives 405 in the format of the surface, and Allow lists the methods of the path', async () => {
    const { ask } = surface();

    expect(await ask('PUT', '/things')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS, POST' },
      body: { error: 'PUT is not allowed for /things; allowed are GET, HEAD, OPTIONS, POST' },
    });
    expect(await ask('HEAD', '/secrets')).toMatchObject({ status: 405, headers: { allow: 'DELETE, OPTIONS' } });
  });
});

describe('OPTIONS', () => {
  const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };

  it('needs no token, lists the methods of the path, and allows no other origin by default', async () => {
    const { status, headers, body } = await surface().anonymously('OPTIONS', '/things', preflight);

    expect({ status, body }).toEqual({ status: 204, body: undefined });
    expect(headers.allow).toBe('GET, HEAD, OPTIONS, POST');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('answers the preflight of a configured origin', async () => {
    const { anonymously } = surface({ origins: ['https://app.example.com'] });

    expect(await anonymously('OPTIONS', '/things', preflight)).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example.com',
        'access-control-allow-methods': 'GET, HEAD, OPTIONS, POST',
        'access-control-allow-headers': expect.stringContaining('authorization, content-type, idempotency-key'),
        'access-control-max-age': '600',
        vary: 'origin',
      },
    });
    const other = await anonymously('OPTIONS', '/things', { ...preflight, origin: 'https://evil.example.com' });
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('a response to another origin', () => {
  const from = (origin: string) => ({ origin });

  it('allows only configured origins to read it, errors included', async () => {
    const { ask, anonymously } = surface({ origins: ['https://app.example.com'] });
    const allowed = { 'access-control-allow-origin': 'https://app.example.com' };

    const answer = await ask('GET', '/things', from('https://app.example.com'));
    expect(answer.headers).toMatchObject({ ...allowed, vary: 'authorization, origin' });
    expect(answer.headers['access-control-expose-headers']).toContain('etag, link, location');
    expect((await ask('GET', '/things/{id}', from('https://app.example.com'))).headers).toMatchObject(allowed);
    expect((await anonymously('HEAD', '/things', from('https://app.example.com'))).headers).toMatchObject(allowed);
    const other = await ask('GET', '/things', from('https://app.example.com.evil.test'));
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
    expect(other.headers.vary).toBe('authorization, origin');
  });

  it('allows all origins if the configuration says so', async () => {
    const { headers } = await surface({ origins: ['*'] }).ask('GET', '/things', from('https://any.example.com'));

    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });
});

describe('a polled route', () => {
  it('answers 304 without a body to a client that has the newest response', async () => {
    const { ask } = surface();
    const { headers } = await ask('GET', '/things');
    const etag = String(headers.etag);

    expect(headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'authorization' });
    expect(etag).toMatch(/^W\/"[A-Za-z0-9_-]{22}"$/);
    for (const known of [etag, `"other", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await ask('GET', '/things', { 'if-none-match': known });
      expect(again).toMatchObject({ status: 304, body: undefined, headers: { etag, link: '<x>; rel="next"' } });
      expect(again.headers['content-type']).toBe(headers['content-type']);
    }
    expect(await ask('HEAD', '/things', { 'if-none-match': etag })).toMatchObject({ status: 304 });
  });

  it('changes its entity tag with the content and with the tenant', async () => {
    const tagOf = async (settings: Settings) => (await surface(settings).ask('GET', '/things')).headers.etag;
    const globex = parseTenantId('globex') as TenantId;

    const tags = [await tagOf({}), await tagOf({ things: ['a'] }), await tagOf({ tenant: globex })];

    expect(new Set(tags).size).toBe(3);
    expect(await tagOf({})).toBe(tags[0]);
    const stale = { 'if-none-match': String(tags[0]) };
    expect(await surface({ things: ['a'] }).ask('GET', '/things', stale)).toMatchObject({ status: 200 });
  });

  it('verifies the token before it answers 304', async () => {
    const etag = String((await surface().ask('GET', '/things')).headers.etag);

    expect(await surface().anonymously('HEAD', '/things', { 'if-none-match': etag })).toMatchObject({ status: 401 });
  });
});

it.each([
  ['GET', '/report'],
  ['POST', '/things'],
])('sends no-store and no entity tag with the response to %s %s, which is not polled', async (method, path) => {
  const parts = method === 'POST' ? { body: '{}' } : {};
  const { status, headers } = await surface().ask(method, path, { 'content-type': 'application/json' }, parts);

  expect(status).toBeLessThan(300);
  expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(headers).not.toHaveProperty('etag');
});
