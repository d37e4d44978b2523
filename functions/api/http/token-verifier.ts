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
import { requireEnv } from '../../core/platform/env.ts';
import { Env } from '../../core/platform/env-names.ts';
import { IssuerKeys, KeysUnavailableError } from './issuer-keys.ts';

/** What is taken: `none` is no signature, and an HMAC could be made with the public key. */
const ACCEPTED_ALGORITHMS: readonly unknown[] = ['RS256', 'ES256'];

/** Seconds by which the issuer's clock may differ from the platform's: tokens are taken so long before `nbf` and after `exp`. */
const CLOCK_LEEWAY_SECONDS = 5;

/** Whose tokens are accepted, and where they say what. */
export interface IdentityConfig {
  /** `iss` of a token. */
  readonly issuer: string;
  /** `aud` of a token, or one of them. */
  readonly audience: string;
  readonly jwksUri: string;
  /** Claim that names the tenant. */
  readonly tenantClaim: string;
  /** Claim that lists the roles. */
  readonly rolesClaim: string;
}

export function identityFromEnvironment(): IdentityConfig {
  return {
    issuer: requireEnv(Env.issuer),
    audience: requireEnv(Env.audience),
    jwksUri: requireEnv(Env.jwksUri),
    tenantClaim: requireEnv(Env.tenantClaim),
    rolesClaim: requireEnv(Env.rolesClaim),
  };
}

/** Who a token says is asking. It rejects with JobdeckError `auth.*`, saying what is the matter with the token. */
export type VerifyToken = (token: string) => Promise<Caller>;

/** Checks tokens as `config` says. Make it once: it keeps the issuer's keys. */
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

/** What is wrong with a token, in words that follow "The bearer token". */
class TokenRejection extends Error {}

/** Refuses by its header and lifetime what the verifier would ask the issuer about, or let pass. */
function assertSupported(token: string): void {
  const { header, payload } = decomposeUnverifiedJwt(token);
  const { alg, crit } = header as { alg?: unknown; crit?: unknown };
  if (!ACCEPTED_ALGORITHMS.includes(alg))
    throw new TokenRejection(`must be signed with RS256 or ES256, got ${JSON.stringify(alg)}`);
  // RFC 7515, 4.1.11: what a token says is critical must be understood.
  if (crit !== undefined) throw new TokenRejection('has critical header parameters, and none is understood here');
  // The verifier takes a token without an end as one that is good for ever.
  if (payload.exp === undefined) throw new TokenRejection('must say when it expires (exp)');
}

function toCaller(claims: JwtPayload, { tenantClaim, rolesClaim }: IdentityConfig): Caller {
  const tenant = parseTenantId(claims[tenantClaim]);
  if (!tenant) throw new TokenRejection(`must name its tenant in the claim ${tenantClaim} (1–64 of A–Z a–z 0–9 _ -)`);
  const { email, sub } = claims;
  const name = [email, sub].find((value) => typeof value === 'string' && value !== '');
  return { tenant, roles: parseRoles(claims[rolesClaim]), name: typeof name === 'string' ? name : 'unknown' };
}

/** The known roles of a list, or of a text that separates them by commas or spaces. Others mean nothing here. */
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
