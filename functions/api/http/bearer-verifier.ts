import { isApiKey } from '../../core/domain/api-key.ts';
import { lazy } from '../../core/domain/lazy.ts';
import { createKeyVerifier, type KeyVerifierOptions } from './api-key-verifier.ts';
import { type IdentityConfig, identityFromEnvironment } from './identity-config.ts';
import type { VerifyToken } from './verify-token.ts';

/** Creates a verifier of bearer tokens: API keys and JWTs of the issuer that the environment names. */
export function createBearerVerifier(options: KeyVerifierOptions): VerifyToken {
  return verifyKeyOrToken(createTokenVerifierOnDemand(identityFromEnvironment()), createKeyVerifier(options));
}

/** Creates a verifier of JWTs that is loaded by the first of them, because requests with API keys do not need it. */
function createTokenVerifierOnDemand(config: IdentityConfig): VerifyToken {
  const load = lazy(async () => (await import('./token-verifier.ts')).createTokenVerifier(config));
  return async (token) => (await load())(token);
}

/**
 * Passes API keys to one verifier and all other tokens to the other. A token with the prefix of an API key is never
 * treated as a JWT.
 */
export function verifyKeyOrToken(token: VerifyToken, key: VerifyToken): VerifyToken {
  return async (bearer) => (isApiKey(bearer) ? key(bearer) : token(bearer));
}
