import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';

/** Configuration of the token issuer. */
export interface IdentityConfig {
  /** Value of `iss`. */
  readonly issuer: string;
  /** Value, or one of the values, of `aud`. */
  readonly audience: string;
  readonly jwksUri: string;
  /** Name of the claim with the tenant. */
  readonly tenantClaim: string;
  /** Name of the claim with the roles. */
  readonly rolesClaim: string;
}

/** @throws Error if a variable is not set, or if the URI of the keys uses neither https nor a loopback host */
export function identityFromEnvironment(): IdentityConfig {
  const jwksUri = requireEnv(Env.jwksUri);
  parseJwksUri(jwksUri);
  return {
    issuer: requireEnv(Env.issuer),
    audience: requireEnv(Env.audience),
    jwksUri,
    tenantClaim: requireEnv(Env.tenantClaim),
    rolesClaim: requireEnv(Env.rolesClaim),
  };
}

const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];

/** @throws Error if `uri` uses neither https nor a loopback host */
export function parseJwksUri(uri: string): URL {
  const url = new URL(uri);
  const isLocal = url.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) throw new Error(`JWKS: must be an https URL, got ${uri}`);
  return url;
}
