import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { consoleConfig, type SignInConfig } from '../../../../functions/console/config.ts';
import { createConsoleServer } from '../../../../functions/console/server.ts';
import { negotiateEncoding, readSite } from '../../../../functions/console/site.ts';
import { createUnmatchedRouteHandler } from '../../../../functions/console/unmatched-route.ts';
import { HEALTH_THRESHOLDS } from '../../../../functions/core/domain/health.ts';
import { apiEvent } from '../../../helpers/clients/handler.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const SIGN_IN: SignInConfig = {
  clientId: 'client',
  authorizationEndpoint: 'https://login.example.test/authorize',
  tokenEndpoint: 'https://login.example.test/token',
  endSessionEndpoint: null,
  scopes: 'openid',
  token: 'id_token',
  tenantClaim: 'org',
  rolesClaim: 'roles',
};
const SCRIPT = 'console.log("hello")';

/** Serves a site of two files, one of them compressed. */
function setUp(signIn: SignInConfig | undefined = SIGN_IN) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'openapi.json'), '{"openapi":"3.1.1"}');
  writeFileSync(join(folder, 'docs.html'), '<!doctype html><title>Docs</title>');
  writeFileSync(join(folder, 'assets/main-abc.js'), SCRIPT);
  writeFileSync(join(folder, 'assets/main-abc.js.gz'), gzipSync(SCRIPT));
  const config = consoleConfig({ stage: 'test', signIn: signIn && JSON.stringify(signIn), health: undefined });
  const serve = createConsoleServer(readSite(folder), config);
  return async (
    routeKey: string,
    parts: { headers?: Record<string, string>; params?: Record<string, string>; method?: string } = {},
  ) => {
    const answer = await serve(apiEvent({ routeKey, ...parts }) as APIGatewayProxyEventV2);
    const { statusCode, headers = {}, body = '', isBase64Encoded = false } = answer;
    return { status: statusCode, headers, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') };
  };
}

const asset = (file: string, headers: Record<string, string> = {}) =>
  ['GET /console/assets/{file}', { params: { file }, headers }] as const;

describe("the console's page", () => {
  it.each(['GET /console', 'GET /console/{proxy+}', 'GET /settings/integrations'])('is served at %s', async (key) => {
    const { status, headers, body } = await setUp()(key);
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: '<!doctype html>' });
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
  });

  it('serves the OpenAPI document', async () => {
    const { status, headers, body } = await setUp()('GET /openapi.json');
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: '{"openapi":"3.1.1"}' });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-cache' });
  });

  it('serves the API reference', async () => {
    const { status, headers, body } = await setUp()('GET /docs');
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: '<!doctype html><title>Docs</title>' });
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
  });

  it('redirects the root path to the console', async () => {
    expect(await setUp()('GET /')).toMatchObject({ status: 302, headers: { location: '/console' } });
  });

  it('answers 304 if the entity tag matches', async () => {
    const get = setUp();
    const { headers } = await get('GET /console');
    const again = await get('GET /console', { headers: { 'if-none-match': String(headers.etag) } });
    expect(again).toMatchObject({ status: 304, headers: { etag: headers.etag } });
    expect(again.body).toHaveLength(0);
  });

  it('forbids inline code, foreign resources and framing', async () => {
    const { headers } = await setUp()('GET /console');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self' https://login.example.test",
      "form-action 'self' https://login.example.test",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
  });
});

describe("the console's page", () => {
  it('answers HEAD like GET without the body', async () => {
    const get = setUp();
    const { body, ...page } = await get('GET /console');
    const head = await get('ANY /console', { method: 'HEAD' });

    expect(body.length).toBeGreaterThan(0);
    expect(head).toEqual({ ...page, body: Buffer.alloc(0) });
    expect(await get('ANY /', { method: 'HEAD' })).toMatchObject({ status: 302, headers: { location: '/console' } });
  });

  it('rejects other methods and names the allowed ones', async () => {
    const allow = 'GET, HEAD, OPTIONS';
    expect(await setUp()('ANY /console', { method: 'POST' })).toMatchObject({ status: 405, headers: { allow } });
    expect(await setUp()('ANY /console', { method: 'OPTIONS' })).toMatchObject({ status: 204, headers: { allow } });
  });
});

describe('a request without a route', () => {
  const openApi = JSON.stringify({ paths: { '/jobs': {}, '/jobs/{id}': {}, '/jobs/{id}/runs': {}, '/v1/flows': {} } });
  const handle = createUnmatchedRouteHandler(() => openApi);
  const answer = (rawPath: string, rawQueryString = '') => handle({ rawPath, rawQueryString });

  it.each([
    ['/jobs/', '', '/jobs'],
    ['/jobs/a b/runs/', 'limit=5', '/jobs/a%20b/runs?limit=5'],
    ['/v1/flows//', '', '/v1/flows'],
    ['/console/', '', '/console'],
    ['/jobs/a\r\nb/', '', '/jobs/a%0D%0Ab'],
  ])('redirects from %j to the path without its trailing slash', (path, query, location) => {
    expect(answer(path, query)).toMatchObject({ statusCode: 308, headers: { location } });
  });

  it.each(['/nothing', '/nothing/', '//example.com/', '//', '/jobs//runs/', '/\\example.com/'])(
    'answers 404 at %j',
    (path) => {
      expect(answer(path)).toMatchObject({ statusCode: 404, body: '{"message":"Not Found"}' });
    },
  );
});

describe('a hashed file', () => {
  it('sets permanent caching', async () => {
    const { status, headers, body } = await setUp()(...asset('main-abc.js'));
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: SCRIPT });
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${createHash('sha256').update(SCRIPT).digest('base64url').slice(0, 22)}"`,
      vary: 'accept-encoding',
    });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('sends the compressed file if the client accepts the coding', async () => {
    const { headers, body } = await setUp()(...asset('main-abc.js', { 'accept-encoding': 'gzip, deflate, br' }));
    expect(headers['content-encoding']).toBe('gzip');
    expect(body).toEqual(gzipSync(SCRIPT));
  });

  it.each(['none.js', 'main-abc.js.gz', '../index.html', ''])('answers 404 for the name %j', async (file) => {
    expect(await setUp()(...asset(file))).toMatchObject({ status: 404, headers: { 'cache-control': 'no-store' } });
  });
});

it.each([
  ['br', 'gzip, br', 'br'],
  ['gzip', 'gzip;q=0.5, br;q=0', 'gzip'],
  ['identity', 'identity', 'identity'],
  ['br', '*', 'br'],
  ['identity', 'gzip;q=0, *;q=0', 'identity'],
])('selects %s for "%s"', (best, accepted) => {
  const [identity, br, gzip] = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')];
  expect(negotiateEncoding({ contentType: '', etag: '', contents: { identity, br, gzip } }, accepted)).toBe(best);
});

describe('the configuration', () => {
  it('contains the sign-in and the health thresholds', async () => {
    const { body } = await setUp()('GET /console/config.json');
    expect(JSON.parse(body.toString())).toEqual({ stage: 'test', api: '', signIn: SIGN_IN, health: HEALTH_THRESHOLDS });
  });

  it('has no sign-in if none is configured', async () => {
    const config = consoleConfig({ stage: 'test', signIn: '', health: undefined });
    expect(config.signIn).toBeNull();
  });
});

it('rejects a file of an unknown type at start-up', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '');
  writeFileSync(join(folder, 'openapi.json'), '{}');
  writeFileSync(join(folder, 'docs.html'), '');
  writeFileSync(join(folder, 'assets/data.bin'), '');
  expect(() => readSite(folder)).toThrow(/unknown type.*data\.bin/);
});
