import { isApiKey } from '../../core/domain/api-key.ts';
import { createKeyVerifier, type KeyVerifierOptions } from './api-key-verifier.ts';
import { createTokenVerifier, identityFromEnvironment, type VerifyToken } from './token-verifier.ts';

/** Who a bearer says is asking, be it an API key or a JWT of the issuer that the environment names. */
export function createBearerVerifier(options: KeyVerifierOptions): VerifyToken {
  return verifyKeyOrToken(createTokenVerifier(identityFromEnvironment()), createKeyVerifier(options));
}

/** Hands a bearer to whom it is for: one that begins as API keys do is never taken for a JWT. */
export function verifyKeyOrToken(token: VerifyToken, key: VerifyToken): VerifyToken {
  return async (bearer) => (isApiKey(bearer) ? key(bearer) : token(bearer));
}
