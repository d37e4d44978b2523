import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import type { IdentityConfig } from '../../../functions/api/http/identity-config.ts';
import { serveHttp } from '../../../lib/local/support/http.ts';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export async function generateSigningKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey };
}

/** An OIDC issuer with the endpoint that a verifier uses: a key set behind a URL. */
export interface TestIssuer {
  readonly config: IdentityConfig;
  /** Number of requests for the key set. */
  readonly requestCount: number;
  publish(...keys: readonly SigningKey[]): Promise<void>;
  /** Sets the status of later responses. 200 restores the key set. */
  answerWith(status: number): void;
  /** Sets the statuses of the next responses in order. 0 sends no response. */
  answerNextWith(...statuses: readonly number[]): void;
}

/** Starts an issuer on this machine that publishes `keys`. Stops when the test ends. */
export async function startIssuer(...keys: readonly SigningKey[]): Promise<TestIssuer> {
  let document = '';
  let status = 200;
  let requests = 0;
  const nextStatuses: number[] = [];
  const server = await serveHttp(async (_request, response) => {
    requests++;
    const current = nextStatuses.shift() ?? status;
    if (current === 0) return;
    response.writeHead(current, { 'content-type': 'application/json' }).end(current === 200 ? document : 'down');
  });
  onTestFinished(() => server.stop());
  const publish = async (...published: readonly SigningKey[]) => {
    const jwks = published.map(async ({ kid, alg, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      kid,
      alg,
      use: 'sig',
    }));
    document = JSON.stringify({ keys: await Promise.all(jwks) });
  };
  await publish(...keys);
  return {
    config: {
      issuer: 'https://issuer.test',
      audience: 'jobdeck-client',
      jwksUri: `${server.url}/jwks.json`,
      tenantClaim: 'custom:tenant',
      rolesClaim: 'cognito:groups',
    },
    get requestCount() {
      return requests;
    },
    publish,
    answerWith: (answer) => {
      status = answer;
    },
    answerNextWith: (...statuses) => void nextStatuses.push(...statuses),
  };
}

export const validClaims = {
  iss: 'https://issuer.test',
  aud: 'jobdeck-client',
  sub: '1c9f',
  email: 'ana@acme.test',
  'custom:tenant': 'acme',
  'cognito:groups': ['ADMIN', 'people-of-berlin'],
};

/**
 * Signs a token that is valid for an hour.
 *
 * @param claims overrides of the claims; `undefined` removes a claim
 */
export async function signToken(
  key: SigningKey,
  claims: Record<string, unknown> = {},
  header: object = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const all = { ...validClaims, iat: now, exp: now + 3_600, ...claims };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
}
