import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from '../../../../functions/console/paths.ts';
import { CLIENT_ID } from '../issuer-urls.ts';

/** Something about a request that cannot be taken; the message says what would be right. */
export class SignInError extends Error {
  override readonly name = 'Refused';
}

/** What a client asks for when it sends somebody to sign in (RFC 6749, 4.1.1, and RFC 7636, 4.3). */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string | null;
  readonly codeChallenge: string;
  readonly prompt: string | null;
}

/** Names of this machine that a browser may use for the port. */
export const loopbackOrigins = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}`,
  `http://localhost:${port}`,
];

/**
 * Reads the query of an authorization request.
 *
 * @throws Refused also for a place to come back to that is not the page's: a code is worth a token
 */
export function parseAuthorizationRequest(query: URLSearchParams, port: number): AuthorizationRequest {
  const redirectUri = query.get('redirect_uri') ?? '';
  assertParameter(query, 'client_id', CLIENT_ID);
  assertOwnUri('redirect_uri', redirectUri, SIGNED_IN_PATH, port);
  assertParameter(query, 'response_type', 'code');
  assertParameter(query, 'code_challenge_method', 'S256');
  const codeChallenge = query.get('code_challenge') ?? '';
  if (!/^[\w-]{43}$/.test(codeChallenge)) throw new SignInError('code_challenge must be a SHA-256 hash in base64url');
  return { redirectUri, state: query.get('state'), codeChallenge, prompt: query.get('prompt') };
}

/** @throws Refused for a place that is not the page's */
export function parseLogoutUri(query: URLSearchParams, port: number): string {
  const uri = query.get('logout_uri') ?? query.get('post_logout_redirect_uri') ?? '';
  assertOwnUri('logout_uri', uri, SIGNED_OUT_PATH, port);
  return uri;
}

function assertParameter(query: URLSearchParams, name: string, value: string): void {
  if (query.get(name) !== value) throw new SignInError(`${name} must be ${value}, got ${query.get(name) ?? 'nothing'}`);
}

function assertOwnUri(name: string, uri: string, path: string, port: number): void {
  const known = loopbackOrigins(port).map((origin) => origin + path);
  if (!known.includes(uri)) throw new SignInError(`${name} must be ${known.join(' or ')}, got ${uri || 'nothing'}`);
}

/** Where somebody goes on after signing in: back to the client, with a code or an error. */
export function callbackUrl(
  { redirectUri, state }: AuthorizationRequest,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...answer, ...(state !== null && { state }) })) {
    url.searchParams.set(name, value);
  }
  return url.href;
}
