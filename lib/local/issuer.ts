import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import type { Role } from '../../functions/domain/access.ts';
import type { TenantId } from '../../functions/domain/tenant.ts';
import { readOrMake } from './files.ts';
import { LOOPBACK } from './http.ts';

/** Where the issuer's documents are on the API's port. */
export const ISSUER_PATH = '/.issuer';

/** The app client that local tokens are for: what the template's Cognito user pool client resolves to. */
export const CLIENT_ID = 'jobdeck-local';

export function issuerUrl(port: number): string {
  return `http://${LOOPBACK}:${port}${ISSUER_PATH}`;
}

export function jwksUri(port: number): string {
  return `${issuerUrl(port)}/.well-known/jwks.json`;
}

export interface TokenRequest {
  readonly tenant: TenantId;
  readonly roles: readonly Role[];
  /** Becomes the email too when it is one; default: `<first role>@<tenant>.test` in lower case. */
  readonly subject?: string;
  /** Seconds until the token expires; default 3600. */
  readonly ttlSeconds?: number;
}

/** Issues and publishes what a Cognito user pool would: ID tokens of our client, and the key that checks them. */
export interface Issuer {
  issueToken(request: TokenRequest, now: number): Promise<string>;
  /** Answers the requests under `ISSUER_PATH`. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * The issuer of a data folder. Its RS256 key is made once, so tokens outlive a restart.
 *
 * @param port the API's port, part of the issuer's name.
 */
export async function openIssuer(dataDir: string, port: number): Promise<Issuer> {
  const pem = readOrMake(join(dataDir, 'issuer.key'), () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const privateKey = createPrivateKey(pem);
  const publicKey = await publicJwk(privateKey);
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/jwks.json': { keys: [publicKey] },
    '/.well-known/openid-configuration': {
      issuer: issuerUrl(port),
      jwks_uri: jwksUri(port),
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['token'],
      subject_types_supported: ['public'],
    },
  };

  return {
    issueToken: (request, now) => sign(request, now, issuerUrl(port), privateKey, String(publicKey.kid)),
    handle(request, response) {
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

/** The claims of a Cognito ID token, by the names Cognito gives them. */
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
