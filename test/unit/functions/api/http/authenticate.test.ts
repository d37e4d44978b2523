import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { adminErrors } from '../../../../../functions/api/admin/errors.ts';
import { flowsErrors } from '../../../../../functions/api/flows/errors.ts';
import type { IdentityConfig } from '../../../../../functions/api/http/identity-config.ts';
import { IssuerKeys } from '../../../../../functions/api/http/issuer-keys.ts';
import type { ErrorMapper } from '../../../../../functions/api/http/problem.ts';
import type { ApiRoute } from '../../../../../functions/api/http/route.ts';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { createTokenVerifier } from '../../../../../functions/api/http/token-verifier.ts';
import { integrationsErrors } from '../../../../../functions/api/integrations/errors.ts';
import { pipelinesErrors } from '../../../../../functions/api/pipelines/errors.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { aRoute } from '../../../../helpers/builders/routes.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import {
  generateSigningKey,
  type SigningKey,
  signToken,
  startIssuer,
  validClaims,
} from '../../../../helpers/fakes/issuer.ts';
import { recordingLog } from '../../../../helpers/fakes/recording-log.ts';

const handle: ApiRoute<unknown>['handle'] = async ({ caller }) => ({ status: 200, body: { caller } });
const routes = [
  aRoute({ method: 'GET', path: '/thing', operation: 'read', action: 'read', handle }),
  aRoute({ method: 'POST', path: '/thing', operation: 'define', action: 'define', handle }),
  aRoute({ method: 'GET', path: '/open', operation: 'open', action: 'public', handle: async () => ({ status: 200 }) }),
];

/** A surface with one route for each action; the first two return the caller. */
function surface(config: IdentityConfig, errors: ErrorMapper = runnerErrors, tenantHeader = false) {
  const log = recordingLog();
  const verify = createTokenVerifier(config);
  const handler = createSurfaceHandler({
    routes,
    dependencies: () => ({}),
    errors,
    verify,
    log,
    tenantHeader,
  });
  const get = (token?: string, headers: Record<string, string> = {}, routeKey = 'GET /thing') =>
    invokeHandler(handler, {
      routeKey,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    });
  return { get, log };
}

const rsa = await generateSigningKey('rsa-1');
const ec = await generateSigningKey('ec-1', 'ES256');

/** The current time in epoch seconds. */
const seconds = () => Math.floor(Date.now() / 1_000);

describe('a valid token', () => {
  test.each([rsa, ec])('signed with $alg identifies the caller', async (key) => {
    const { config } = await startIssuer(rsa, ec);
    const { get } = surface(config);

    const { status, body } = await get(await signToken(key));

    expect(status).toBe(200);
    expect(body).toEqual({ caller: { tenant: 'acme', roles: ['ADMIN'], name: 'ana@acme.test', id: '1c9f' } });
  });

  test.each([
    ['a list', ['MANAGER', 'OWNER', 'wizard'], ['OWNER', 'MANAGER']],
    ['a text with spaces', 'MANAGER  wizard OWNER', ['OWNER', 'MANAGER']],
    ['a text with commas', 'MEMBER,super_admin', ['MEMBER', 'super_admin']],
  ])('declares its roles as %s', async (_, claim, roles) => {
    const { config } = await startIssuer(rsa);
    const { get } = surface(config);

    const { body } = await get(await signToken(rsa, { 'cognito:groups': claim }));

    expect(body).toMatchObject({ caller: { roles } });
  });

  describe('clock tolerance', () => {
    test.each([
      ['issued by a clock that is two seconds fast', () => ({ nbf: seconds() + 2, iat: seconds() + 2 })],
      ['that expired two seconds ago', () => ({ exp: seconds() - 2 })],
    ])('accepts a token %s', async (_, claims) => {
      const { config } = await startIssuer(rsa);
      const { get } = surface(config);

      expect(await get(await signToken(rsa, claims()))).toMatchObject({ status: 200 });
    });
  });

  test('names the caller by subject without an email, and may list several audiences', async () => {
    const { config } = await startIssuer(rsa);
    const { get } = surface(config);

    const { body } = await get(await signToken(rsa, { email: undefined, aud: ['other', 'jobdeck-client'] }));

    expect(body).toMatchObject({ caller: { name: '1c9f' } });
  });
});

describe('an invalid token', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = () => ({ ...validClaims, exp: now() + 3_600 });
  const otherKey = generateSigningKey('rsa-1');

  const cases: readonly [string, () => Promise<string> | string, RegExp][] = [
    [
      'alg none',
      () => `${encode({ alg: 'none', kid: 'rsa-1' })}.${encode(claims())}.e30`,
      /RS256 or ES256, got "none"/,
    ],
    ['alg none without a signature', () => `${encode({ alg: 'none' })}.${encode(claims())}.`, /three parts/],
    ['HS256 with the public key', () => hmacToken(rsa), /RS256 or ES256, got "HS256"/],
    ['RS512', async () => signToken({ ...(await generateSigningKey('rsa-1', 'RS512')), kid: 'rsa-1' }), /got "RS512"/],
    [
      'a key of the same id that is not the issuer’s',
      async () => signToken(await otherKey),
      /signature that does not fit/,
    ],
    [
      'ES256 in a header over an RSA key’s signature',
      async () => swapHeader(await signToken(rsa), { alg: 'ES256', kid: 'rsa-1' }),
      /not valid|does not fit/,
    ],
    [
      'changed claims',
      async () => swapClaims(await signToken(rsa), { ...claims(), 'custom:tenant': 'globex' }),
      /does not fit/,
    ],
    ['an unknown key id', async () => signToken({ ...rsa, kid: 'rsa-9' }), /key that its issuer does not publish/],
    ['no key id', async () => signToken(rsa, {}, { kid: undefined }), /not valid|does not publish/],
    ['another issuer', () => signToken(rsa, { iss: 'https://evil.test' }), /another issuer/],
    ['no issuer', () => signToken(rsa, { iss: undefined }), /another issuer/],
    ['another audience', () => signToken(rsa, { aud: 'other' }), /another audience/],
    ['no audience, as a Cognito access token', () => signToken(rsa, { aud: undefined }), /another audience/],
    ['an expired token', () => signToken(rsa, { exp: now() - 10 }), /has expired/],
    ['no expiry', () => signToken(rsa, { exp: undefined }), /must say when it expires/],
    ['a token that is not valid yet', () => signToken(rsa, { nbf: now() + 60 }), /not valid yet/],
    [
      'no tenant',
      () => signToken(rsa, { 'custom:tenant': undefined }),
      /must name its tenant in the claim custom:tenant/,
    ],
    ['a malformed tenant', () => signToken(rsa, { 'custom:tenant': 'a#b' }), /must name its tenant/],
    ['a list of tenants', () => signToken(rsa, { 'custom:tenant': ['acme'] }), /must name its tenant/],
    ['critical headers', () => signToken(rsa, { b64: true }, { crit: ['b64'], b64: true }), /critical/],
    ['two parts', () => 'abc.def', /three parts/],
    ['no JSON', () => 'YQ.YQ.YQ', /three parts/],
  ];

  test.each(cases)('is rejected: %s', async (_, token, message) => {
    const { config } = await startIssuer(rsa, ec);
    const { get } = surface(config);

    const { status, body, headers } = await get(await token());

    expect(status).toBe(401);
    expect((body as { error: string }).error).toMatch(message);
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic YTpi'],
    ['no token', 'Bearer '],
    ['two tokens', 'Bearer a.b.c, Bearer d.e.f'],
  ])('is rejected: %s', async (_, authorization) => {
    const issuer = await startIssuer(rsa);
    const { get } = surface(issuer.config);

    const { status, body } = await get(undefined, authorization === undefined ? {} : { authorization });

    expect(status).toBe(401);
    expect((body as { error: string }).error).toMatch(/bearer/i);
    expect(issuer.requestCount).toBe(0);
  });

  async function hmacToken(key: SigningKey): Promise<string> {
    const signed = `${encode({ alg: 'HS256', kid: key.kid })}.${encode(claims())}`;
    const mac = createHmac('sha256', await exportSPKI(key.publicKey))
      .update(signed)
      .digest('base64url');
    return `${signed}.${mac}`;
  }
  const swapHeader = (token: string, header: object) => [encode(header), ...token.split('.').slice(1)].join('.');
  const swapClaims = (token: string, payload: object) => {
    const [header, , signature] = token.split('.');
    return [header, encode(payload), signature].join('.');
  };
});

describe('the keys of the issuer', () => {
  test('load once for concurrent and later requests', async () => {
    const issuer = await startIssuer(rsa);
    const { get } = surface(issuer.config);
    const token = await signToken(rsa);

    await Promise.all([get(token), get(token), get(token)]);
    await get(token);

    expect(issuer.requestCount).toBe(1);
  });

  test('load once for any number of unknown key ids', async () => {
    const issuer = await startIssuer(rsa);
    const { get } = surface(issuer.config);
    await get(await signToken(rsa));

    const answers = await Promise.all(['a', 'b', 'c'].map(async (kid) => get(await signToken({ ...rsa, kid }))));

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(issuer.requestCount).toBe(1);
  });

  test('load again for a new key, and after one hour to drop a revoked key', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const issuer = await startIssuer(rsa);
    const { get } = surface(issuer.config);
    const [old, next] = [await signToken(rsa), await signToken(ec)];
    await get(old);

    await issuer.publish(rsa, ec);
    expect((await get(next)).status).toBe(401);
    vi.advanceTimersByTime(10_000);
    expect((await get(next)).status).toBe(200);
    await issuer.publish(ec);
    expect((await get(old)).status).toBe(200);
    vi.advanceTimersByTime(3_600_000);
    expect((await get(old)).status).toBe(401);
    expect((await get(next)).status).toBe(200);
    expect(issuer.requestCount).toBe(3);
  });

  test('cause 503 in the format of the surface if they cannot be loaded', async () => {
    const issuer = await startIssuer(rsa);
    const { get, log } = surface(issuer.config, flowsErrors);
    issuer.answerWith(500);

    const { status, body, headers } = await get(await signToken(rsa));

    expect(status).toBe(503);
    expect(body).toEqual({ errors: [{ code: 'unavailable', message: expect.stringContaining('keys cannot be had') }] });
    expect(headers['retry-after']).toBe('5');
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'request.failed' }));
  });

  describe('IssuerKeys', () => {
    it('retries once for all waiting requests when the issuer returns an error', async () => {
      const issuer = await startIssuer(rsa);
      const { get } = surface(issuer.config);
      issuer.answerNextWith(503);
      const token = await signToken(rsa);

      const answers = await Promise.all(Array.from({ length: 20 }, () => get(token)));

      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(issuer.requestCount).toBe(2);
    });

    it('retries when the issuer does not respond', async () => {
      const issuer = await startIssuer(rsa);
      issuer.answerNextWith(0);
      const keys = new IssuerKeys(issuer.config.jwksUri, [50, 20_000]);

      expect(await keys.getJwks()).toEqual({ keys: [expect.objectContaining({ kid: rsa.kid })] });
      expect(issuer.requestCount).toBe(2);
    });

    it('makes at most three attempts for one request', async () => {
      const issuer = await startIssuer(rsa);
      const { get } = surface(issuer.config);
      issuer.answerWith(500);

      expect((await get(await signToken(rsa))).status).toBe(503);
      expect(issuer.requestCount).toBe(3);
    });
  });

  test('stay valid while the issuer is down', async () => {
    const issuer = await startIssuer(rsa);
    const { get } = surface(issuer.config);
    const token = await signToken(rsa);
    await get(token);
    issuer.answerWith(500);

    expect((await get(token)).status).toBe(200);
  });

  test('require https or a loopback host', async () => {
    const { config } = await startIssuer(rsa);

    expect(() => createTokenVerifier({ ...config, jwksUri: 'http://keys.test/jwks.json' })).toThrow(
      /must be an https URL/,
    );
    expect(() => createTokenVerifier({ ...config, jwksUri: 'https://keys.test/jwks.json' })).not.toThrow();
  });
});

describe('roles', () => {
  test('cause 403 with the list of sufficient roles if they lack the permission', async () => {
    const { config } = await startIssuer(rsa);
    const { get } = surface(config);

    const { status, body } = await get(await signToken(rsa, { 'cognito:groups': ['MANAGER'] }), {}, 'POST /thing');

    expect(status).toBe(403);
    expect(body).toEqual({ error: 'Needs one of the roles OWNER, ADMIN; the token has MANAGER' });
  });

  test('have no permission if they are unknown', async () => {
    const { config } = await startIssuer(rsa);
    const { get } = surface(config);

    for (const groups of [undefined, [], ['admin'], 'owner', { ADMIN: true }]) {
      expect((await get(await signToken(rsa, { 'cognito:groups': groups }))).status).toBe(403);
    }
  });

  test('need no token on public routes', async () => {
    const issuer = await startIssuer(rsa);
    const { get } = surface(issuer.config);

    expect((await get('nonsense', {}, 'GET /open')).status).toBe(200);
    expect(issuer.requestCount).toBe(0);
  });
});

describe('tenant headers', () => {
  test.each(['x-tenantid', 'x-organization-id'])('must agree with the token: %s', async (header) => {
    const { config } = await startIssuer(rsa);
    const { get } = surface(config);
    const token = await signToken(rsa, { 'cognito:groups': ['super_admin'] });

    expect((await get(token, { [header]: 'acme' })).status).toBe(200);
    const { status, body } = await get(token, { [header]: 'globex' });
    expect(status).toBe(403);
    expect(body).toEqual({ error: `${header}: must be the token's tenant, acme` });
    expect((await get(token, { [header]: '' })).status).toBe(403);
  });

  test('must be present on the admin surface', async () => {
    const { config } = await startIssuer(rsa);
    const { get } = surface(config, adminErrors, true);
    const token = await signToken(rsa);

    const missing = await get(token);
    const malformed = await get(token, { 'x-tenantid': 'a b' });
    const other = await get(token, { 'x-tenantid': 'globex' });

    expect(missing.status).toBe(400);
    expect(missing.body).toEqual({
      success: false,
      message: 'x-tenantid: must be given and be a tenant id (1–64 of A–Z a–z 0–9 _ -), got none',
      error: 'Invalid job name',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect([malformed.status, other.status]).toEqual([400, 403]);
    expect((await get(undefined)).status).toBe(401);
    expect((await get(token, { 'x-tenantid': 'acme' })).status).toBe(200);
  });

  test('let a super_admin select another tenant on the admin surface, and log it', async () => {
    const { config } = await startIssuer(rsa);
    const { get, log } = surface(config, adminErrors, true);
    const token = await signToken(rsa, { 'cognito:groups': ['super_admin'] });

    const { body } = await get(token, { 'x-tenantid': 'globex' });

    expect(body).toMatchObject({ caller: { tenant: 'globex' } });
    expect(log.lines).toContainEqual({
      level: 'info',
      message: 'tenant.switched',
      fields: { caller: 'ana@acme.test', of: 'acme', tenant: 'globex', action: 'read' },
    });
  });
});

describe('the format of errors', () => {
  const message = expect.any(String);
  const timestamp = expect.any(String);
  test.each([
    ['runner', runnerErrors, false, { error: message }, { error: message }, { error: message }],
    [
      'integrations',
      integrationsErrors,
      false,
      { statusCode: 400, message, error: 'Bad Request' },
      { statusCode: 401, message, error: 'Unauthorized' },
      { statusCode: 403, message, error: 'Forbidden' },
    ],
    [
      'admin',
      adminErrors,
      true,
      { success: false, message, error: 'Invalid job name', timestamp },
      { success: false, message, error: 'Authentication failed', timestamp },
      { success: false, message, error: 'Insufficient permissions', timestamp },
    ],
    [
      'flows',
      flowsErrors,
      false,
      { errors: [{ code: 'invalid_request', message }] },
      { errors: [{ code: 'unauthorized', message }] },
      { errors: [{ code: 'forbidden', message }] },
    ],
    [
      'pipelines',
      pipelinesErrors,
      false,
      { error: { code: 'input.invalid', message } },
      { error: { code: 'auth.missing_token', message } },
      { error: { code: 'access.role', message } },
    ],
  ])(
    'follows the contract of the surface: %s',
    async (_, errors, tenantHeader, badRequest, unauthorized, forbidden) => {
      const { config } = await startIssuer(rsa);
      const { get } = surface(config, errors, tenantHeader);
      const member = await signToken(rsa, { 'cognito:groups': ['MEMBER'] });
      const tenant = { 'x-tenantid': 'acme' };

      const [missing, weak] = [await get(undefined, tenant), await get(member, tenant, 'POST /thing')];
      const bad = tenantHeader ? await get(member) : await badQuery(config, errors, member);

      expect([bad.status, missing.status, weak.status]).toEqual([400, 401, 403]);
      expect(bad.body).toEqual(badRequest);
      expect(missing.body).toEqual(unauthorized);
      expect(weak.body).toEqual(forbidden);
    },
  );

  function badQuery(config: IdentityConfig, errors: ErrorMapper, token: string) {
    const verify = createTokenVerifier(config);
    const dependencies = () => ({});
    const handler = createSurfaceHandler({ routes, dependencies, errors, verify, log: recordingLog() });
    return invokeHandler(handler, { headers: { authorization: `Bearer ${token}` }, query: { verbose: '1' } });
  }
});

test('omits tokens from the log', async () => {
  const { config } = await startIssuer(rsa);
  const { get, log } = surface(config);
  const token = await signToken(rsa);

  await get(token);
  await get(`${token}x`);
  await get(token, { 'x-tenantid': 'globex' });

  expect(log.lines.filter(({ message }) => message === 'request.handled')).toHaveLength(3);
  expect(JSON.stringify(log.lines)).not.toContain(token.slice(-20));
});
