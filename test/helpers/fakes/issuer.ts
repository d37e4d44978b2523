import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import type { IdentityConfig } from '../../../functions/api/http/token-verifier.ts';
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

/** An OIDC issuer as far as a verifier sees it: a list of keys behind a URL. */
export interface TestIssuer {
  readonly config: IdentityConfig;
  /** How often its keys were asked for. */
  readonly requestCount: number;
  publish(...keys: readonly SigningKey[]): Promise<void>;
  /** From now on it answers with this status instead of its keys; 200: with its keys again. */
  answerWith(status: number): void;
  /** The next requests are answered with these statuses, in turn; 0: with none at all. */
  answerNextWith(...statuses: readonly number[]): void;
}

/** An issuer on this machine that publishes `keys`; stopped when the test ends. */
export async function startIssuer(...keys: readonly SigningKey[]): Promise<TestIssuer> {
  let document = '';
  let status = 200;
  let asked = 0;
  const nextStatuses: number[] = [];
  const server = await serveHttp(async (_request, response) => {
    asked++;
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
      return asked;
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

/** A token of `key` that is good for an hour, but for `claims`; a claim that is undefined is left out. */
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
