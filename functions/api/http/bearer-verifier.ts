import { isApiKey } from '../../core/domain/api-key.ts';
import { createKeyVerifier, type KeyVerifierOptions } from './api-key-verifier.ts';
import { createTokenVerifier, identityFromEnvironment, type VerifyToken } from './token-verifier.ts';

/** Creates a verifier of bearer tokens: API keys and JWTs of the issuer that the environment names. */
export function createBearerVerifier(options: KeyVerifierOptions): VerifyToken {
  return verifyKeyOrToken(createTokenVerifier(identityFromEnvironment()), createKeyVerifier(options));
}

/**
 * Passes API keys to one verifier and all other tokens to the other. A token with the prefix of an API key is never
 * treated as a JWT.
 */
export function verifyKeyOrToken(token: VerifyToken, key: VerifyToken): VerifyToken {
  return async (bearer) => (isApiKey(bearer) ? key(bearer) : token(bearer));
}
