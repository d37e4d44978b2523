import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import type { Role } from '../../../functions/core/domain/access.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { readOrCreate } from '../support/files.ts';
import { CLIENT_ID, ISSUER_PATH, issuerUrl, jwksUri } from './issuer-urls.ts';
import { localSignInConfig } from './sign-in/endpoints.ts';
import { type Purpose, type SignedInUser, SignInService, type TokenSealer } from './sign-in/service.ts';

export { CLIENT_ID, ISSUER_PATH, issuerUrl, jwksUri } from './issuer-urls.ts';

export interface TokenRequest {
  readonly tenant: TenantId;
  readonly roles: readonly Role[];
  /** Also the e-mail address if it contains `@`. Defaults to `<first role>@<tenant>.test` in lower case. */
  readonly subject?: string;
  /** Seconds until the token expires. Defaults to 3600. */
  readonly ttlSeconds?: number;
}

/** The local replacement of a Cognito user pool: issues ID tokens and publishes the key that verifies them. */
export interface Issuer {
  issueToken(request: TokenRequest, now: number): Promise<string>;
  /** Handles requests under `ISSUER_PATH`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/**
 * Opens the issuer of a data folder. Its RS256 key is stored in the folder, so tokens survive a restart.
 *
 * @param port the API's port, part of the issuer's URL
 *
 * @param now epoch milliseconds for the tokens of users who sign in
 */
export async function openIssuer(dataDir: string, port: number, now: () => number = Date.now): Promise<Issuer> {
  const pem = readOrCreate(join(dataDir, 'issuer.key'), () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const privateKey = createPrivateKey(pem);
  const publicKey = await publicJwk(privateKey);
  const issueToken: Issuer['issueToken'] = (request, time) =>
    sign(request, time, issuerUrl(port), privateKey, String(publicKey.kid));
  const signIn = new SignInService(port, createSealer(privateKey, issueToken, now));
  const { authorizationEndpoint, tokenEndpoint, endSessionEndpoint } = localSignInConfig(port);
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/jwks.json': { keys: [publicKey] },
    '/.well-known/openid-configuration': {
      issuer: issuerUrl(port),
      jwks_uri: jwksUri(port),
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: tokenEndpoint,
      end_session_endpoint: endSessionEndpoint,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
    },
  };

  return {
    issueToken,
    async handle(request, response) {
      if (await signIn.handle(request, response)) return;
      const document = documents[new URL(request.url ?? '/', issuerUrl(port)).pathname.slice(ISSUER_PATH.length)];
      const found = document && request.method === 'GET';
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ? document : { message: 'Not Found' }));
    },
  };
}

async function publicJwk(privateKey: KeyObject): Promise<JWK> {
  const { kty, n, e } = await exportJWK(privateKey);
  const jwk = { kty, n, e } as JWK;
  return { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

/** Signs an ID token with the claims of Cognito. */
async function sign(request: TokenRequest, now: number, issuer: string, key: KeyObject, kid: string): Promise<string> {
  const seconds = Math.floor(now / 1_000);
  const subject = request.subject ?? `${request.roles[0] ?? 'member'}@${request.tenant}.test`.toLowerCase();
  const claims = {
    token_use: 'id',
    ...(subject.includes('@') && { email: subject, email_verified: true }),
    'cognito:username': subject,
    'cognito:groups': request.roles,
    'custom:tenant': request.tenant,
    auth_time: seconds,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer(issuer)
    .setAudience(CLIENT_ID)
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + (request.ttlSeconds ?? 3_600))
    .sign(key);
}

/**
 * Signs and verifies the issuer's own session and refresh tokens. Their audiences differ from the API's, so the API
 * rejects them.
 */
function createSealer(key: KeyObject, issueToken: Issuer['issueToken'], now: () => number): TokenSealer {
  const audience = (purpose: Purpose) => `${CLIENT_ID}-${purpose}`;
  return {
    issueToken: (person, ttlSeconds) => issueToken({ ...person, ttlSeconds }, now()),
    seal: (person, purpose, ttlSeconds) =>
      new SignJWT({ ...person })
        .setProtectedHeader({ alg: 'RS256' })
        .setAudience(audience(purpose))
        .setExpirationTime(Math.floor(now() / 1_000) + ttlSeconds)
        .sign(key),
    async open(sealed, purpose) {
      const options = { audience: audience(purpose), algorithms: ['RS256'], currentDate: new Date(now()) };
      const opened = await jwtVerify<SignedInUser>(sealed, createPublicKey(key), options).catch(() => undefined);
      return opened && { tenant: opened.payload.tenant, roles: opened.payload.roles };
    },
  };
}
