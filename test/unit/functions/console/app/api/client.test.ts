import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient, toQueryString } from '../../../../../../functions/console/app/api/client.ts';
import { apiErrorMessage } from '../../../../../../functions/console/app/api/errors.ts';
import { createChallenge, randomText } from '../../../../../../functions/console/app/auth/pkce.ts';
import { userFromToken } from '../../../../../../functions/console/app/auth/user.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';

test.each([
  ['integrations', { statusCode: 403, message: 'No', error: 'Forbidden' }],
  ['admin', { success: false, message: 'No', error: 'Job not found' }],
  ['runner', { error: 'No' }],
  ['flows', { errors: [{ code: 'not_found', message: 'No' }] }],
  ['pipelines', { error: { code: 'not_found', message: 'No' } }],
  ['gateway', { message: 'No' }],
])('what is wrong is found in the shape of %s', (_, body) => {
  expect(apiErrorMessage(400, body)).toBe('No');
});

test.each([[undefined], [null], ['text'], [{}], [{ errors: [] }]])('%j says at least the status', (body) => {
  expect(apiErrorMessage(502, body)).toBe('The API answered 502');
});

test('a query has what has a value', () => {
  expect(toQueryString({ a: 1, b: null, c: '', d: 'x y', e: undefined })).toBe('?a=1&d=x+y');
  expect(toQueryString({ a: null })).toBe('');
});

describe('a client', () => {
  /** A server that takes the second token only. */
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

  test('asks for another token when one is refused, and tries again', async () => {
    const { seen, client } = await setUp();
    expect(await client('second').call('GET', '/jobs')).toEqual({ jobs: [] });
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });

  test('gives up when that is refused too', async () => {
    const { seen, client } = await setUp();
    await expect(client('third').call('GET', '/jobs')).rejects.toMatchObject({ status: 401, message: 'expired' });
    expect(seen).toHaveLength(2);
  });
});

describe('who a token names', () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  const names = { tenantClaim: 'custom:tenant', rolesClaim: 'cognito:groups' };

  test('is read from its claims, roles that are not known aside', () => {
    const claims = { 'custom:tenant': 'acme', 'cognito:groups': ['ADMIN', 'BOSS'], email: 'bjørk@acme.test', sub: '1' };
    expect(userFromToken(token(claims), names)).toEqual({ tenant: 'acme', name: 'bjørk@acme.test', roles: ['ADMIN'] });
  });

  test('may have its roles in a text', () => {
    expect(userFromToken(token({ 'cognito:groups': 'MEMBER OWNER', sub: 'x' }), names)).toEqual({
      tenant: '',
      name: 'x',
      roles: ['OWNER', 'MEMBER'],
    });
  });

  test('cannot be told from what is no JWT', () => {
    expect(() => userFromToken('opaque', names)).toThrow('no JWT');
  });
});

test('a challenge is that of RFC 7636, appendix B', async () => {
  expect(await createChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
  expect(randomText()).toMatch(/^[\w-]{43}$/);
  expect(randomText()).not.toBe(randomText());
});
