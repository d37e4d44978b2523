import { JwtVerifier } from 'aws-jwt-verify';
import {
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  KidNotFoundInJwksError,
} from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import { type Caller, ROLES, type Role } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import { parseTenantId } from '../../core/domain/tenant.ts';
import type { IdentityConfig } from './identity-config.ts';
import { IssuerKeys, KeysUnavailableError } from './issuer-keys.ts';
import type { VerifyToken } from './verify-token.ts';

/** Accepted algorithms. `none` is unsigned, and an HMAC could be computed with the public key. */
const ACCEPTED_ALGORITHMS: readonly unknown[] = ['RS256', 'ES256'];

/** Seconds that the clocks of the issuer and the platform may differ, for `nbf` and `exp`. */
const CLOCK_LEEWAY_SECONDS = 5;

/** Creates a verifier of JWTs that caches the issuer's keys. Create one for each execution environment. */
export function createTokenVerifier(config: IdentityConfig): VerifyToken {
  const { issuer, audience, jwksUri } = config;
  const jwksCache = new IssuerKeys(jwksUri);
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri, graceSeconds: CLOCK_LEEWAY_SECONDS }, { jwksCache });
  return async (token) => {
    try {
      assertSupported(token);
      return toCaller(await verifier.verify(token), config);
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      throw new JobdeckError('unauthenticated', 'auth.invalid_token', `The bearer token ${rejectionReason(error)}`, {
        cause: error,
      });
    }
  };
}

/** The reason for which a token was rejected. The message continues "The bearer token". */
class TokenRejection extends Error {}

/**
 * Rejects tokens by header and lifetime before the verifier fetches keys, and tokens that the verifier would accept
 * although they are not allowed here.
 */
function assertSupported(token: string): void {
  const { header, payload } = decomposeUnverifiedJwt(token);
  const { alg, crit } = header as { alg?: unknown; crit?: unknown };
  if (!ACCEPTED_ALGORITHMS.includes(alg))
    throw new TokenRejection(`must be signed with RS256 or ES256, got ${JSON.stringify(alg)}`);
  // RFC 7515, 4.1.11: critical header parameters must be understood.
  if (crit !== undefined) throw new TokenRejection('has critical header parameters, and none is understood here');
  // The verifier accepts a token without `exp` as one that never expires.
  if (payload.exp === undefined) throw new TokenRejection('must say when it expires (exp)');
}

function toCaller(claims: JwtPayload, { tenantClaim, rolesClaim }: IdentityConfig): Caller {
  const tenant = parseTenantId(claims[tenantClaim]);
  if (!tenant) throw new TokenRejection(`must name its tenant in the claim ${tenantClaim} (1–64 of A–Z a–z 0–9 _ -)`);
  const { email, sub } = claims;
  const isGiven = (value: unknown): value is string => typeof value === 'string' && value !== '';
  const name = [email, sub].find(isGiven) ?? 'unknown';
  return { tenant, roles: parseRoles(claims[rolesClaim]), name, ...(isGiven(sub) && { id: sub }) };
}

/** Parses the known roles of a list, or of a text with commas or spaces as separators. Unknown roles are ignored. */
function parseRoles(claim: unknown): readonly Role[] {
  const names: readonly unknown[] =
    typeof claim === 'string' ? claim.split(/[\s,]+/) : Array.isArray(claim) ? claim : [];
  return ROLES.filter((role) => names.includes(role));
}

function rejectionReason(error: unknown): string {
  if (error instanceof TokenRejection) return error.message;
  if (error instanceof JwtExpiredError) return 'has expired';
  if (error instanceof JwtNotBeforeError) return 'is not valid yet';
  if (error instanceof JwtInvalidIssuerError) return 'is from another issuer';
  if (error instanceof JwtInvalidAudienceError) return 'is for another audience';
  if (error instanceof JwtInvalidSignatureError) return 'has a signature that does not fit';
  if (error instanceof KidNotFoundInJwksError) return 'is signed with a key that its issuer does not publish';
  if (error instanceof JwtParseError) return 'must be a JWT: three parts in base64url, separated by dots';
  return 'is not valid';
}
