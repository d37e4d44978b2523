import { createHash } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLIENT_ID, type Issuer, issuerUrl, jwksUri, openIssuer } from '../../../../../../lib/local/issuer/issuer.ts';
import { serveHttp } from '../../../../../../lib/local/support/http.ts';
import { temporaryFolder } from '../../../../../helpers/temporary-folder.ts';

const VERIFIER = 'a-verifier-that-nobody-can-guess-of-43-characters';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** Creates an issuer and a client that signs in with it. */
async function setUp() {
  let issuer: Issuer | undefined;
  let now = Date.now();
  const service = await serveHttp((request, response) => issuer?.handle(request, response));
  onTestFinished(() => service.stop());
  issuer = await openIssuer(temporaryFolder(), service.port, () => now);
  const url = issuerUrl(service.port);
  const back = `http://127.0.0.1:${service.port}/console/signed-in`;
  const asked = {
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: back,
    state: 'abc',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  };
  const authorize = (changes: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${url}/authorize?${new URLSearchParams({ ...asked, ...changes }).toString()}`, {
      redirect: 'manual',
      ...init,
    });
  const signIn = async (form: Record<string, string> = { tenant: 'acme', role: 'ADMIN' }) => {
    const response = await authorize({}, { method: 'POST', body: new URLSearchParams(form) });
    const location = response.headers.get('location');
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return {
      status: response.status,
      text: await response.text(),
      cookie,
      back: location ? new URL(location) : undefined,
    };
  };
  const token = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: CLIENT_ID, ...form });
    const response = await fetch(`${url}/token`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  const redeem = (code: string, verifier = VERIFIER, redirectUri = back) =>
    token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
  const advance = (ms: number) => {
    now += ms;
  };
  return { url, port: service.port, back, authorize, signIn, token, redeem, advance };
}

const codeOf = (url: URL | undefined) => url?.searchParams.get('code') ?? '';

describe('sign-in', () => {
  test('returns a code that can be exchanged for a token of the user', async () => {
    const { signIn, redeem, port, back } = await setUp();

    const answer = await signIn({ tenant: 'acme', role: 'OPERATOR' });
    const { status, body } = await redeem(codeOf(answer.back));

    expect(answer.back?.href.startsWith(back)).toBe(true);
    expect(answer.back?.searchParams.get('state')).toBe('abc');
    expect({ status, ...body }).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3_600 });
    const keys = createRemoteJWKSet(new URL(jwksUri(port)));
    const { payload } = await jwtVerify(body.id_token ?? '', keys, { issuer: issuerUrl(port), audience: CLIENT_ID });
    expect(payload).toMatchObject({ 'custom:tenant': 'acme', 'cognito:groups': ['OPERATOR'] });
  });

  test('shows a page that allows no scripts', async () => {
    const { authorize } = await setUp();

    const response = await authorize();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('value="demo"');
  });

  test('does not ask again during its session', async () => {
    const { signIn, authorize, redeem, advance } = await setUp();
    const { cookie } = await signIn();

    const again = await authorize({ prompt: 'none' }, { headers: { cookie } });
    const { status } = await redeem(codeOf(new URL(again.headers.get('location') ?? '')));

    expect([again.status, status]).toEqual([302, 200]);
    expect((await authorize({ prompt: 'login' }, { headers: { cookie } })).status).toBe(200);
    advance(13 * 3_600_000);
    const late = await authorize({ prompt: 'none' }, { headers: { cookie } });
    expect(late.headers.get('location')).toContain('error=login_required');
  });

  test('clears the session cookie on sign-out', async () => {
    const { url, port } = await setUp();
    const out = `http://127.0.0.1:${port}/console/signed-out`;

    const response = await fetch(`${url}/logout?${new URLSearchParams({ logout_uri: out }).toString()}`, {
      redirect: 'manual',
    });

    expect([response.status, response.headers.get('location')]).toEqual([302, out]);
    expect(response.headers.get('set-cookie')).toMatch(/=; .*Max-Age=0; HttpOnly; SameSite=Lax/);
  });

  test.each([
    [{ tenant: 'a b', role: 'ADMIN' }, 'An organization is 1–64'],
    [{ tenant: 'acme' }, 'Choose at least one role'],
    [{ tenant: '"><script>', role: 'BOSS' }, '&quot;&gt;&lt;script&gt;'],
  ])('rejects %j with a message', async (form, words) => {
    const { signIn } = await setUp();
    const { status, text } = await signIn(form as Record<string, string>);
    expect(status).toBe(400);
    expect(text).toContain(words);
    expect(text).not.toContain('<script>');
  });
});

describe('authorization codes', () => {
  test('accept one exchange, with their verifier and redirect URI', async () => {
    const { signIn, redeem } = await setUp();
    const code = async () => codeOf((await signIn()).back);
    const good = await code();

    expect((await redeem(await code(), 'another')).status).toBe(400);
    expect((await redeem(await code(), VERIFIER, 'http://elsewhere.test/')).status).toBe(400);
    expect((await redeem('invented')).body).toEqual({ error: 'invalid_grant' });
    expect((await redeem(good)).status).toBe(200);
    expect((await redeem(good)).status).toBe(400);
  });

  test.each([
    ['redirect_uri', 'http://evil.test/console/signed-in'],
    ['redirect_uri', 'http://127.0.0.1:1/console/signed-in'],
    ['client_id', 'another'],
    ['response_type', 'token'],
    ['code_challenge_method', 'plain'],
    ['code_challenge', 'short'],
  ])('cannot be issued for %s %s', async (name, value) => {
    const { authorize } = await setUp();
    const response = await authorize({ [name]: value });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`${name} must be`);
  });

  test('cannot be issued to other host names that resolve to this machine', async () => {
    const { url, port } = await setUp();
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${url}/authorize`, { headers: { host: `evil.test:${port}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).end();
    });
    expect(status).toBe(400);
  });
});

describe('refresh tokens', () => {
  test('return a new token and are not accepted by the API', async () => {
    const { signIn, redeem, token, port } = await setUp();
    const { body } = await redeem(codeOf((await signIn()).back));

    const renewed = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' });

    expect(renewed.status).toBe(200);
    const keys = createRemoteJWKSet(new URL(jwksUri(port)));
    await expect(jwtVerify(body.refresh_token ?? '', keys, { audience: CLIENT_ID })).rejects.toThrow();
  });

  test('cannot be used as sessions or ID tokens', async () => {
    const { signIn, redeem, token } = await setUp();
    const { back, cookie } = await signIn();
    const { body } = await redeem(codeOf(back));
    for (const other of [body.id_token ?? '', cookie.split('=')[1] ?? '', 'invented']) {
      expect((await token({ grant_type: 'refresh_token', refresh_token: other })).status).toBe(400);
    }
  });
});
