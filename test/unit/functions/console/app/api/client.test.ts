import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient, toQueryString } from '../../../../../../functions/console/app/api/client.ts';
import { apiErrorMessage } from '../../../../../../functions/console/app/api/errors.ts';
import { createChallenge, randomText } from '../../../../../../functions/console/app/auth/pkce.ts';
import { userFromToken } from '../../../../../../functions/console/app/auth/user.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';

it.each([
  ['integrations', { statusCode: 403, message: 'No', error: 'Forbidden' }],
  ['admin', { success: false, message: 'No', error: 'Job not found' }],
  ['runner', { error: 'No' }],
  ['flows', { errors: [{ code: 'not_found', message: 'No' }] }],
  ['pipelines', { error: { code: 'not_found', message: 'No' } }],
  ['gateway', { message: 'No' }],
])('finds the message in an error response of %s', (_, body) => {
  expect(apiErrorMessage(400, body)).toBe('No');
});

it.each([[undefined], [null], ['text'], [{}], [{ errors: [] }]])('falls back to the status for the body %j', (body) => {
  expect(apiErrorMessage(502, body)).toBe('The API returned HTTP 502');
});

it('omits parameters without a value', () => {
  expect(toQueryString({ a: 1, b: null, c: '', d: 'x y', e: undefined })).toBe('?a=1&d=x+y');
  expect(toQueryString({ a: null })).toBe('');
});

describe('createClient', () => {
  /** Starts a server that accepts only the second token. */
  async function setUp() {
    const seen: (string | undefined)[] = [];
    const server = await startHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      const good = request.headers.authorization === 'Bearer second';
      response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(good ? { jobs: [] } : { error: 'expired' }));
    });
    onTestFinished(() => server.close());
    let token = 'first';
    const client = (renewed: string) =>
      createClient(server.url, {
        token: async () => token,
        onRejected: async () => {
          token = renewed;
        },
      });
    return { seen, client };
  }

  it('renews a rejected token and repeats the request', async () => {
    const { seen, client } = await setUp();
    expect(await client('second').call('GET', '/jobs')).toEqual({ jobs: [] });
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });

  it('rejects if the renewed token is rejected too', async () => {
    const { seen, client } = await setUp();
    await expect(client('third').call('GET', '/jobs')).rejects.toMatchObject({ status: 401, message: 'expired' });
    expect(seen).toHaveLength(2);
  });
});

describe('userFromToken', () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  const names = { tenantClaim: 'custom:tenant', rolesClaim: 'cognito:groups' };

  it('reads the claims and ignores unknown roles', () => {
    const claims = { 'custom:tenant': 'acme', 'cognito:groups': ['ADMIN', 'BOSS'], email: 'bjørk@acme.test', sub: '1' };
    expect(userFromToken(token(claims), names)).toEqual({ tenant: 'acme', name: 'bjørk@acme.test', roles: ['ADMIN'] });
  });

  it('reads roles from a string', () => {
    expect(userFromToken(token({ 'cognito:groups': 'MEMBER OWNER', sub: 'x' }), names)).toEqual({
      tenant: '',
      name: 'x',
      roles: ['OWNER', 'MEMBER'],
    });
  });

  it('throws for a token that is not a JWT', () => {
    expect(() => userFromToken('opaque', names)).toThrow('not a JWT');
  });
});

it('creates the challenge of RFC 7636, appendix B', async () => {
  expect(await createChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
  expect(randomText()).toMatch(/^[\w-]{43}$/);
  expect(randomText()).not.toBe(randomText());
});
