import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from '../../../../functions/console/paths.ts';
import { CLIENT_ID } from '../issuer-urls.ts';

/** An invalid request. The message contains the rule. */
export class SignInError extends Error {
  override readonly name = 'Refused';
}

/** An OAuth authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3). */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string | null;
  readonly codeChallenge: string;
  readonly prompt: string | null;
}

/** Origins under which a browser may open the port of this machine. */
export const loopbackOrigins = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}`,
  `http://localhost:${port}`,
];

/**
 * Parses the query of an authorization request.
 *
 * @throws SignInError for an invalid parameter, including a redirect URI that is not the console's, because a code can
 * be exchanged for a token
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

/** @throws SignInError for a URI that is not the console's */
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

/** Builds the redirect URL after signing in, with a code or an error. */
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
