import { CommandFailed } from './errors.ts';

export interface TokenIdentity {
  readonly tenant: string | null;
  readonly name: string | null;
  /** `null` for an API key, whose roles only the API knows. */
  readonly roles: readonly string[] | null;
}

/**
 * Reads the identity from a token without verifying it; the API verifies it.
 *
 * @param tenantClaim the only claim that names the tenant; by default `custom:tenant` or `tenant`
 * @throws CommandFailed if the token is neither a JWT nor an API key
 */
export function readTokenIdentity(token: string, tenantClaim?: string): TokenIdentity {
  const [, tenant, id] = /^jk_([^.]+)\.([^.]+)\./.exec(token) ?? [];
  if (tenant && id) return { tenant, name: `API key ${id}`, roles: null };
  const claims = decodeClaims(token);
  const named = tenantClaim === undefined ? (claims['custom:tenant'] ?? claims.tenant) : claims[tenantClaim];
  return {
    tenant: typeof named === 'string' ? named : null,
    name: claims.email ?? claims.sub ?? null,
    roles: claims['cognito:groups'] ?? claims.roles ?? null,
  };
}

/** Claims that tokens may contain. Deployments with another issuer may use other names. */
interface Claims {
  readonly [claim: string]: unknown;
  readonly 'custom:tenant'?: string;
  readonly tenant?: string;
  readonly email?: string;
  readonly sub?: string;
  readonly 'cognito:groups'?: readonly string[];
  readonly roles?: readonly string[];
}

function decodeClaims(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  } catch {
    throw new CommandFailed('The token is neither a JWT nor an API key');
  }
}
